using System.Reflection;
using System.Runtime.InteropServices;
using SQLitePCL;

namespace Kadeploy.Controller.Storage;

/// <summary>Binds the ADO.NET provider to the system's libsqlite3, which the distribution keeps patched.</summary>
internal static class SystemSqlite
{
    private static readonly Lazy<bool> Bound = new(() =>
    {
        NativeLibrary.SetDllImportResolver(typeof(SQLite3Provider_e_sqlite3).Assembly, Resolve);
        raw.SetProvider(new SQLite3Provider_e_sqlite3());
        raw.FreezeProvider();
        return true;
    });

    public static void Bind() => _ = Bound.Value;

    // Debian's package libsqlite3-0 has only the versioned name; the unversioned one belongs to the -dev package.
    private static IntPtr Resolve(string name, Assembly assembly, DllImportSearchPath? path) =>
        name == "e_sqlite3" ? NativeLibrary.Load("libsqlite3.so.0") : IntPtr.Zero;
}
