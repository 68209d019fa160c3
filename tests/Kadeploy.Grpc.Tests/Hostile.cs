using Google.Protobuf;
using Grpc.Core;
using Kadeploy.Grpc.Tests.Probe;

namespace Kadeploy.Grpc.Tests;

/// <summary>Methods and bytes that no generated code makes.</summary>
internal static class Hostile
{
    /// <summary>A method that no proto file knows.</summary>
    public static Method<Note, Note> Method(string service, string name, MethodType type = MethodType.Unary)
    {
        var notes = Marshallers.Create<Note>(
            static (note, context) => context.Complete(note.ToByteArray()), static context => Note.Parser.ParseFrom(context.PayloadAsNewBuffer()));
        return new Method<Note, Note>(type, service, name, notes, notes);
    }

    /// <summary>A Length-Prefixed-Message with a flag and a length of one's choice.</summary>
    public static byte[] Frame(byte flag, uint length, params byte[] payload) =>
        [flag, (byte)(length >> 24), (byte)(length >> 16), (byte)(length >> 8), (byte)length, .. payload];
}
