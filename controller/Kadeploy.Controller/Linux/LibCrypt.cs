using System.Runtime.InteropServices;
using System.Security.Cryptography;
using System.Text;

namespace Kadeploy.Controller.Linux;

/// <summary>crypt_r(3) of the system's libcrypt: what htpasswd -B, mkpasswd and /etc/shadow write.</summary>
internal static partial class LibCrypt
{
    // sizeof(struct crypt_data) of libxcrypt 4, crypt.h.
    private const int DataBytes = 32768;

    // crypt(5): bcrypt, SHA-2, yescrypt and its kin. Not DES, not MD5: those are guessed in hours.
    private static readonly string[] Methods = ["$2a$", "$2b$", "$2y$", "$5$", "$6$", "$y$", "$gy$", "$7$"];

    /// <summary>Whether a hash was made by a method that is still worth something.</summary>
    public static bool IsKnown(string hash) => Methods.Any(m => hash.StartsWith(m, StringComparison.Ordinal)) && hash.Length < 384 && hash.All(c => c is > ' ' and <= '~');

    /// <summary>Whether <paramref name="password"/> has this hash. Takes as long as the hash was made to take.</summary>
    public static bool Verify(string password, string hash)
    {
        if (password.Contains('\0', StringComparison.Ordinal) || !IsKnown(hash))
            return false;
        var data = Marshal.AllocHGlobal(DataBytes);
        try
        {
            Marshal.Copy(new byte[DataBytes], 0, data, DataBytes);
            var result = Marshal.PtrToStringUTF8(Crypt(password, hash, data));
            return result is not null && CryptographicOperations.FixedTimeEquals(Encoding.UTF8.GetBytes(result), Encoding.UTF8.GetBytes(hash));
        }
        finally
        {
            Marshal.FreeHGlobal(data);
        }
    }

    [LibraryImport("libcrypt.so.1", EntryPoint = "crypt_r", StringMarshalling = StringMarshalling.Utf8)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static partial nint Crypt(string phrase, string setting, nint data);
}
