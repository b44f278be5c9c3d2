/** The kernel's own errors, explained. */
import type * as Errors from "./errors.ts"
import { explanationsOf } from "./Explanation.ts"

export const explanations = explanationsOf<typeof Errors>({
  DuplicatePlugin: {
    title: "Two plugins keep one contract",
    cause: "A plugin stands twice in the list, or a replacement was added without taking the original out.",
    remedy:
      "Keep one of the packages that the message names, in the app's list or in deployment.systems and applications."
  },
  MissingPlugin: {
    title: "A required plugin is not in the app",
    cause: "deployment.systems or the app's list leaves out a plugin that another one requires.",
    remedy: "Add the plugin that the message names to the list; heptad graph shows who requires whom."
  },
  VersionOutOfRange: {
    title: "An installed plugin has a version that another one does not accept",
    cause: "One package was upgraded alone, or the lock file holds an old version of the other one.",
    remedy: "Compare with npm ls <package>, then install a version in the range that the message names."
  },
  MissingRange: {
    title: "A plugin does not say which version it accepts",
    cause:
      "Its package.json has no peerDependencies for a package whose contract it requires, or a range that is none.",
    remedy:
      "Write the range into peerDependencies of that plugin; in a plugin of others, install a release that has it."
  },
  PluginCycle: {
    title: "Plugins require each other in a circle",
    cause: "Two plugins each use a service of the other one, directly or by way of others.",
    remedy:
      "Take one requires out: move what both need into a third plugin, or let one tell the other by the event bus."
  },
  InvalidSetting: {
    title: "A setting is wrong",
    cause: "A misspelt key, a value of the wrong type or unit, or an environment variable that is not set.",
    remedy:
      "Correct the key at the place named; heptad config explain <key> says what it accepts, heptad check tries again."
  },
  PluginFailed: {
    title: "A plugin did not start",
    cause: "Something that it needs is not there, it hangs, or it has a bug: the message gives its own words.",
    remedy: "Read its last log lines at LOGGER_LEVEL=debug. If it only needs longer, raise deployment.start_timeout; " +
      "if the app can do without it, set deployment.plugins.<name>.on_failure to degrade."
  },
  NoSuchVersion: {
    title: "A rollback to settings that are not kept",
    cause: "Only the last versions are kept, and only since this process started.",
    remedy: "Choose one that heptad config history lists, or put the old file back and run heptad config reload."
  },
  PluginUnavailable: {
    title: "A plugin is away and the app goes on without it",
    cause: "It did not start and deployment.plugins.<name>.on_failure is degrade.",
    remedy: "Look with heptad status why it does not start, and remove that cause: it is tried again by itself."
  },
  OperationRefused: {
    title: "An operation was not carried out",
    cause:
      "Its input is wrong, the state of the app does not allow it, or it was tried and failed: the message says which.",
    remedy: "Correct the input, or look with heptad status at the state of the app, and try again."
  },
  KernelError: {
    title: "The app did not start",
    cause: "At least one fault in the list of plugins or in the settings, or a plugin that did not start.",
    remedy:
      "Work through the reasons that it lists: each has its own explanation. heptad check finds those of settings."
  }
})
