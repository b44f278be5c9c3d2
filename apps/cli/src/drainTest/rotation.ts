/** Which instance gets the next request: the ready ones in turn, each up to its limit of requests at a time. Pure. */

export interface Rotation {
  readonly isEmpty: () => boolean
  /** The wanted instance while it is ready, else the next one in turn; undefined when none has room. To be given back. */
  readonly take: (wanted: string | undefined) => string | undefined
  readonly giveBack: (instance: string) => void
  /** Whether that changed anything. */
  readonly set: (instance: string, ready: boolean) => boolean
}

export const make = (instances: ReadonlyArray<string>, limit: number): Rotation => {
  const ready = new Set<string>()
  const busy = new Map(instances.map((instance) => [instance, 0]))
  let turn = 0

  const add = (instance: string, count: number) => busy.set(instance, (busy.get(instance) ?? 0) + count)
  const hasRoom = (instance: string) => ready.has(instance) && (busy.get(instance) ?? 0) < limit
  const choose = (wanted: string | undefined) => {
    if (wanted !== undefined && hasRoom(wanted)) return wanted
    const candidates = instances.filter(hasRoom)
    return candidates[turn++ % candidates.length]
  }

  return {
    isEmpty: () => ready.size === 0,
    take: (wanted) => {
      const chosen = choose(wanted)
      if (chosen !== undefined) add(chosen, 1)
      return chosen
    },
    giveBack: (instance) => void add(instance, -1),
    set: (instance, isReady) => {
      if (ready.has(instance) === isReady) return false
      if (isReady) ready.add(instance)
      else ready.delete(instance)
      return true
    }
  }
}
