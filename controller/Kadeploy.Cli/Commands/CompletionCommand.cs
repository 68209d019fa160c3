using System.CommandLine;

namespace Kadeploy.Cli.Commands;

/// <summary>kadeploy completion bash|zsh|fish: prints what the shell has to read; the program itself answers what may come next.</summary>
internal static class CompletionCommand
{
    private const string Bash = """
        # Into ~/.bashrc: source <(kadeploy completion bash)
        _kadeploy() {
            local line=${COMP_LINE:0:COMP_POINT} word=${COMP_WORDS[COMP_CWORD]} IFS=$'\n'
            COMPREPLY=($(compgen -W "$(kadeploy "[suggest:${#line}]" "$line" 2>/dev/null)" -- "$word"))
        }
        complete -o default -F _kadeploy kadeploy
        """;

    private const string Zsh = """
        #compdef kadeploy
        # Into a folder of $fpath as _kadeploy, or into ~/.zshrc: source <(kadeploy completion zsh)
        _kadeploy() {
            local line=${BUFFER[1,CURSOR]}
            local -a found=("${(@f)$(kadeploy "[suggest:${#line}]" "$line" 2>/dev/null)}")
            compadd -- $found || _files
        }
        compdef _kadeploy kadeploy
        """;

    private const string Fish = """
        # Into ~/.config/fish/completions/kadeploy.fish
        function __kadeploy
            set -l line (commandline -cp)
            kadeploy "[suggest:"(string length -- "$line")"]" "$line" 2>/dev/null
        end
        complete -c kadeploy -a '(__kadeploy)'
        """;

    public static Command Create()
    {
        var shell = new Argument<string>("SHELL") { Description = "bash, zsh or fish" };
        shell.AcceptOnlyFromAmong("bash", "zsh", "fish");
        var command = new Command("completion", "Print what makes the shell complete commands and options: source <(kadeploy completion bash)") { shell };
        command.SetAction(parsed =>
        {
            Console.Out.WriteLine(parsed.GetRequiredValue(shell) switch { "bash" => Bash, "zsh" => Zsh, _ => Fish });
            return ExitCode.Success;
        });
        return command;
    }
}
