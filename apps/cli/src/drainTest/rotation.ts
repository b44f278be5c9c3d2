/** Which instance gets the next request: the ready ones in turn. Pure. */

export interface Rotation {
  /** The wanted instance while it is in rotation, else the next one in turn; undefined when none is ready. */
  readonly next: (wanted: string | undefined) => string | undefined
  /** Whether that changed anything. */
  readonly set: (instance: string, ready: boolean) => boolean
}

export const make = (instances: ReadonlyArray<string>): Rotation => {
  const ready = new Set<string>()
  let turn = 0
  return {
    next: (wanted) => {
      if (wanted !== undefined && ready.has(wanted)) return wanted
      const candidates = instances.filter((instance) => ready.has(instance))
      return candidates[turn++ % candidates.length]
    },
    set: (instance, isReady) => {
      if (ready.has(instance) === isReady) return false
      if (isReady) ready.add(instance)
      else ready.delete(instance)
      return true
    }
  }
}
