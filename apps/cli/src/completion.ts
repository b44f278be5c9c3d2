/** `heptad completion <shell>`: a script that completes verbs and flags. */
import * as Argument from "effect/cli/Argument"
import * as Command from "effect/cli/Command"
import * as Completions from "effect/cli/Completions"
import * as Console from "effect/Console"
import * as Effect from "effect/Effect"

const shells = ["bash", "zsh", "fish"] as const

const install: Readonly<Record<typeof shells[number], string>> = {
  bash: "heptad completion bash > ~/.local/share/bash-completion/completions/heptad",
  zsh: `heptad completion zsh > "\${fpath[1]}/_heptad"`,
  fish: "heptad completion fish > ~/.config/fish/completions/heptad.fish"
}

const shell = Argument.Literals("shell", shells).pipe(Argument.withDescription("The shell that completes"))

/** `tree` is the whole command, this verb included. */
export const completion = (tree: () => Command.Command.Any) =>
  Command.make(
    "completion",
    { shell },
    Effect.fnUntraced(function*({ shell }) {
      yield* Console.log(Completions.generate("heptad", shell, Completions.fromCommand(tree())))
      yield* Console.error(`To install it: ${install[shell]}   (then start a new shell)`)
    })
  ).pipe(Command.withDescription("Print a completion script for your shell; how to install it is told beside it"))
