using System.Collections;
using System.Numerics;

namespace Kadeploy.Deployments.Engine.State;

/// <summary>Some of the nodes of a deployment: a bit for each. Immutable; listed in the order of the chain.</summary>
internal sealed class NodeNames : IReadOnlyCollection<string>
{
    private readonly NodeIndex _index;
    private readonly ulong[] _bits;

    private NodeNames(NodeIndex index, ulong[] bits) => (_index, _bits, Count) = (index, bits, bits.Sum(BitOperations.PopCount));

    public int Count { get; }

    public bool IsEmpty => Count == 0;

    /// <exception cref="ArgumentException">A name is not in the index.</exception>
    public static NodeNames Of(NodeIndex index, IEnumerable<string> names)
    {
        var bits = new ulong[(index.Count + 63) / 64];
        foreach (var name in names)
        {
            var number = index.Of(name);
            if (number < 0)
                throw new ArgumentException($"no node {name} in this deployment", nameof(names));
            bits[number / 64] |= 1UL << number;
        }

        return new(index, bits);
    }

    public bool Contains(string name) => _index.Of(name) is >= 0 and var number && (_bits[number / 64] >> number & 1) != 0;

    /// <summary>These without those; names that are not among them do not matter.</summary>
    public NodeNames Except(IEnumerable<string> names)
    {
        ulong[] bits = [.. _bits];
        foreach (var name in names)
        {
            if (_index.Of(name) is >= 0 and var number)
                bits[number / 64] &= ~(1UL << number);
        }

        return new(_index, bits);
    }

    public IEnumerator<string> GetEnumerator()
    {
        for (var i = 0; i < _bits.Length; i++)
        {
            for (var word = _bits[i]; word != 0; word &= word - 1)
                yield return _index.Names[(i * 64) + BitOperations.TrailingZeroCount(word)];
        }
    }

    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();
}
