using System.CommandLine;

namespace Kadeploy.Cli.Commands;

/// <summary>kadeploy completion bash|zsh|fish: prints what the shell has to read; the program itself answers what may come next.</summary>
internal static class CompletionCommand
{
    // Options are offered to who begins one with a dash, files where nothing else may stand.
    private const string Bash = """
        # Into ~/.bashrc: source <(kadeploy completion bash)
        _kadeploy() {
            local line=${COMP_LINE:0:COMP_POINT} word=${COMP_WORDS[COMP_CWORD]} IFS=$'\n' found
            found=$(kadeploy "[suggest:${#line}]" "$line" 2>/dev/null)
            [[ $word == -* ]] || found=$(grep -v '^-' <<<"$found")
            COMPREPLY=($(compgen -W "$found" -- "$word"))
        }
        complete -o default -F _kadeploy kadeploy
        """;

    private const string Zsh = """
        #compdef kadeploy
        # Into a folder of $fpath as _kadeploy, or into ~/.zshrc: source <(kadeploy completion zsh)
        _kadeploy() {
            local line=${BUFFER[1,CURSOR]} word=$words[CURRENT]
            local -a found=(${(f)"$(kadeploy "[suggest:${#line}]" "$line" 2>/dev/null)"})
            [[ $word == -* ]] || found=(${found:#-*})
            (( $#found )) && compadd -a found || _files
        }
        # As a file of $fpath this is the function's first call.
        if [ "$funcstack[1]" = _kadeploy ]; then _kadeploy "$@"; else compdef _kadeploy kadeploy; fi
        """;

    private const string Fish = """
        # Into ~/.config/fish/completions/kadeploy.fish
        function __kadeploy
            set -l line (commandline -cp)
            set -g __kadeploy_found (kadeploy "[suggest:"(string length -- "$line")"]" "$line" 2>/dev/null | string match -r '.+')
            string match -q -- '-*' (commandline -ct); or set -g __kadeploy_found (string match -v -- '-*' $__kadeploy_found)
            test (count $__kadeploy_found) -gt 0
        end
        complete -c kadeploy -n __kadeploy -f -a '$__kadeploy_found'
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
