/** As much of the text format of Prometheus as a check of counters needs. Pure. */

const sample = /^([a-zA-Z_:][\w:]*)(?:\{(.*)\})? (\S+)/

const hasLabels = (written: string, labels: Readonly<Record<string, string>>): boolean =>
  Object.entries(labels).every(([name, value]) => new RegExp(`(?:^|,)${name}="${value}"`).test(written))

/** The sum of all series of that name that carry the labels; undefined when there is none. */
export const sumOf = (text: string, name: string, labels: Readonly<Record<string, string>> = {}): number | undefined =>
  text.split("\n").reduce<number | undefined>((sum, line) => {
    const [, found, written = "", value] = sample.exec(line) ?? []
    return found === name && hasLabels(written, labels) ? (sum ?? 0) + Number(value) : sum
  }, undefined)
