/**
 * Takes passwords out of the URLs on the command line before anything else looks at it: the list of processes, and the messages
 * of the command line about words that it does not understand, show the arguments. Loads nothing.
 */

const inUser = /^([a-z][a-z0-9+.-]*:\/\/[^/?#]*?):([^/?#]*)@(?=[^@]*$)/i
const inQuery = /([?&]password=)([^&#]*)/i

/** What `--database=postgresql://...` begins with. */
const flag = /^--[\w-]+=/

interface Concealed {
  readonly text: string
  readonly password: string | undefined
}

/** The text of an argument without the password that it had, percent-encoded as it was. */
export const conceal = (argument: string): Concealed => {
  const [prefix = ""] = flag.exec(argument) ?? []
  const url = argument.slice(prefix.length)
  const password = inUser.exec(url)?.[2] ?? inQuery.exec(url)?.[2]
  const text = url.replace(inUser, "$1@").replace(inQuery, "$1")
  return { text: `${prefix}${text}`, password: password === "" ? undefined : password }
}

let found: string | undefined

/** The password that stood on the command line of this process. */
export const password = (): string | undefined => found

/** Also from the list of processes, in which it stood until now. */
export const concealAll = (argv: Array<string>): void => {
  let changed = false
  argv.forEach((argument, index) => {
    const { password, text } = conceal(argument)
    if (text === argument) return
    argv[index] = text
    found = password ?? found
    changed = true
  })
  if (changed) process.title = ["heptad", ...argv.slice(2)].join(" ")
}
