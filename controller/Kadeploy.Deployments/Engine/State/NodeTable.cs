namespace Kadeploy.Deployments.Engine.State;

/// <summary>The nodes of a deployment with what is known of each. Immutable; a changed copy shares the pages that did not change.</summary>
internal sealed class NodeTable
{
    // Small enough that one report copies little, large enough that the pages of ten thousand nodes are few.
    private const int PageSize = 128;

    private readonly NodeState[][] _pages;

    private NodeTable(NodeIndex index, NodeState[][] pages) => (Index, _pages) = (index, pages);

    public NodeIndex Index { get; }

    public int Count => Index.Count;

    public IEnumerable<NodeState> Values => _pages.SelectMany(page => page);

    /// <exception cref="KeyNotFoundException">There is no such node in the deployment.</exception>
    public NodeState this[string name] => Find(name) ?? throw new KeyNotFoundException($"no node {name} in this deployment");

    public static NodeTable Of(IReadOnlyList<NodeState> nodes) => new(new([.. nodes.Select(n => n.Node.Name)]), [.. nodes.Chunk(PageSize)]);

    public NodeState? Find(string name) => Index.Of(name) is >= 0 and var number ? _pages[number / PageSize][number % PageSize] : null;

    public Builder ToBuilder() => new(this);

    /// <summary>A table under change.</summary>
    internal sealed class Builder(NodeTable table)
    {
        private readonly NodeState[]?[] _own = new NodeState[table._pages.Length][];
        private bool _changed;

        public NodeIndex Index => table.Index;

        public NodeState this[string name]
        {
            get => Find(name) ?? throw new KeyNotFoundException($"no node {name} in this deployment");
            set
            {
                var number = table.Index.Of(name);
                ref var page = ref _own[number / PageSize];
                page ??= [.. table._pages[number / PageSize]];
                page[number % PageSize] = value;
                _changed = true;
            }
        }

        public NodeState? Find(string name) =>
            table.Index.Of(name) is >= 0 and var number ? (_own[number / PageSize] ?? table._pages[number / PageSize])[number % PageSize] : null;

        /// <summary>The changed table; the builder must not be used any more.</summary>
        public NodeTable ToTable() => _changed ? new(table.Index, [.. _own.Select((page, i) => page ?? table._pages[i])]) : table;
    }
}
