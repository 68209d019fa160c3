using Kadeploy.Cli.Client;

namespace Kadeploy.Cli.Input;

/// <summary>Public keys in OpenSSH's authorized_keys format (sshd(8)). A private key is refused: it must never leave its owner's machine.</summary>
internal static class KeyFiles
{
    private static readonly string[] Types = ["ssh-", "ecdsa-", "sk-ssh-", "sk-ecdsa-"];

    public static Answer<List<string>> Read(IReadOnlyList<string> files)
    {
        var keys = new List<string>();
        foreach (var file in files)
        {
            if (!TextInput.Read(file, "-k").TryGet(out var text, out var failure))
                return failure;
            if (IsPrivate(text))
            {
                var hint = File.Exists(file + ".pub") ? $"; its public half is {file}.pub" : "; give the public half, usually the file that ends in .pub";
                return Failure.Usage($"-k {file}: this is a private key and was not sent{hint}");
            }

            var before = keys.Count;
            foreach (var (line, number) in text.Split('\n').Select((line, i) => (line.Trim(), i + 1)))
            {
                if (line.Length == 0 || line[0] == '#')
                    continue;
                if (!IsKey(line))
                    return Failure.Usage($"-k {file}, line {number}: no OpenSSH public key ('ssh-ed25519 AAAA… comment' is one)");
                if (!keys.Contains(line))
                    keys.Add(line);
            }

            if (keys.Count == before && !text.Split('\n').Any(line => keys.Contains(line.Trim())))
                return Failure.Usage($"-k {file}: holds no public key");
        }

        return keys;
    }

    private static bool IsPrivate(string text) =>
        text.Contains("PRIVATE KEY-----", StringComparison.Ordinal) || text.Contains("PuTTY-User-Key-File", StringComparison.Ordinal);

    // Options may precede the type, so the type is looked for among the words; base64 must follow it.
    private static bool IsKey(string line)
    {
        var words = line.Split(' ', StringSplitOptions.RemoveEmptyEntries);
        var type = Array.FindIndex(words, w => Types.Any(t => w.StartsWith(t, StringComparison.Ordinal)));
        return type >= 0
            && type + 1 < words.Length
            && words[type + 1].StartsWith("AAAA", StringComparison.Ordinal)
            && Convert.TryFromBase64String(words[type + 1], new byte[words[type + 1].Length], out _);
    }
}
