/**
 * `${NAME}` and `${NAME:-default}` in texts, after parsing, so that no value of the environment can become YAML. `$${`
 * stands for `${`. As in a shell, the default also stands in for a variable that is set but empty.
 */
import type { Fault, ListNode, MapNode, Node, ScalarNode } from "./node.ts"

type Environment = Readonly<Record<string, string | undefined>>

const reference = /\$\$\{|\$\{([^}]*)\}?/g
const inside = /^([A-Za-z_][A-Za-z0-9_]*)(?::-(.*))?$/s

interface Text {
  readonly text: string
  readonly problems: ReadonlyArray<string>
}

const interpolateText = (text: string, environment: Environment): Text => {
  const problems: Array<string> = []
  const replaced = text.replace(reference, (whole: string, content: string | undefined) => {
    if (content === undefined) return "${"
    const [, name, fallback] = whole.endsWith("}") ? inside.exec(content) ?? [] : []
    if (name === undefined || fallback?.includes("${") === true) {
      problems.push("a reference is ${NAME} or ${NAME:-default}, and $${ stands for a plain ${")
      return ""
    }
    const value = Object.hasOwn(environment, name) ? environment[name] : undefined
    if (value !== undefined && (value !== "" || fallback === undefined)) return value
    if (fallback === undefined) {
      problems.push(`environment variable ${name} is not set; set it or write \${${name}:-default}`)
    }
    return fallback ?? ""
  })
  return { text: replaced, problems }
}

/** Replaces the references in every text that is not literal. A leaf with a problem keeps its text. */
export const interpolate = (root: MapNode, environment: Environment) => {
  const faults: Array<Fault> = []

  const scalar = (node: ScalarNode, path: string): ScalarNode => {
    if (typeof node.value !== "string" || node.literal === true || !node.value.includes("${")) return node
    const { problems, text } = interpolateText(node.value, environment)
    for (const problem of new Set(problems)) faults.push({ key: path, origin: node.origin, problem })
    return problems.length === 0 ? { ...node, value: text } : node
  }
  const below = (path: string, key: string | number) => path === "" ? String(key) : `${path}.${key}`
  const list = (node: ListNode, path: string): ListNode => ({
    ...node,
    items: node.items.map((item, index) => visit(item, below(path, index)))
  })
  const group = (node: MapNode, path: string): MapNode => ({
    ...node,
    entries: new Map([...node.entries].map(([key, child]) => [key, visit(child, below(path, key))]))
  })
  const visit = (node: Node, path: string): Node =>
    node.kind === "scalar" ? scalar(node, path) : node.kind === "list" ? list(node, path) : group(node, path)

  return { root: group(root, ""), faults }
}
