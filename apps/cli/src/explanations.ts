/** The errors of the command, explained. */
import { explanationsOf } from "@heptad/kernel"
import type * as Errors from "./errors.ts"

export const explanations = explanationsOf<typeof Errors>({
  NothingToExplain: {
    title: "There is no error of this name",
    cause: "A typing error, a tag of a plugin that no prebuilt app has, or a number that is not of the registry.",
    remedy: "Choose one of the list: heptad explain-error without arguments shows all.",
    code: "common.not_found"
  },
  InvalidPackageName: {
    title: "The new package cannot have this name",
    cause: "npm, a class, a section of the settings and a folder all get this name, and one of them cannot.",
    remedy: "Write lower-case letters, digits and single hyphens (rate-cards), and not the name of a system of Heptad.",
    code: "common.invalid_argument"
  },
  FolderTaken: {
    title: "Something stands where the new package would go",
    cause: "The package was written before, or another one has its name.",
    remedy: "Choose another name or another folder with --dir, or move what is there; heptad new overwrites nothing.",
    code: "common.already_exists"
  },
  PackageNotWritten: {
    title: "A file of the new package could not be written",
    cause: "The folder belongs to somebody else, is mounted read-only, or its disk is full.",
    remedy: "Look at the folder named with ls -ld and df, remove what was written of the package, and try again.",
    code: "common.io_error"
  },
  InvalidDatabaseUrl: {
    title: "The address of a database is not understood",
    cause:
      "A part is missing, a parameter has another name than host and sslmode, or a sign in it is not percent-encoded.",
    remedy: "Write postgresql://user@host:5432/name; the password into DB_PASSWORD or a file for --password-file.",
    code: "database.invalid_connection_string"
  },
  PasswordFileUnreadable: {
    title: "The file with the password cannot be read",
    cause: "The path is wrong, or the file belongs to another user.",
    remedy: "Look at it with ls -l, and name one that this user may read.",
    code: "common.io_error"
  },
  NoSuchMigrations: {
    title: "There are no such migrations",
    cause: "No plugin of these settings has them, or its name is misspelt.",
    remedy: "See all with heptad migrate status; give the settings of the app (--config) or the folder (--dir).",
    code: "common.not_found"
  },
  AppNotStarted: {
    title: "An instance of a drain test did not start",
    cause: "The app does not start with these settings, or not within twice its start deadline; what it said is shown.",
    remedy: "Start it alone with the same flags and correct what it tells: heptad start.",
    code: "common.not_initialized"
  },
  ForeignDatabase: {
    title: "A drain test would write into your database",
    cause: "The settings name a PostgreSQL, and the test places orders, which stay there.",
    remedy: "Leave out database.connections.primary.host for an embedded one, or allow it with --external-database.",
    code: "common.invalid_argument"
  },
  HarnessFailed: {
    title: "The drain test itself failed",
    cause: "Its balancer or its load ended or did not answer in time: memory or CPU ran out, or it is a bug.",
    remedy: "Run it again on a machine with less other work; if it happens again, report it with what was printed.",
    code: "common.internal_error"
  },
  AppNotRunning: {
    title: "No app answers for this data directory",
    cause:
      "The app does not run, runs with another data directory, is still starting, or monitoring.control.enabled is off.",
    remedy:
      "Give the command the settings that the app was started with (--config, --set, HEPTAD_DATA_DIR), or start it.",
    code: "network.not_started"
  },
  ControlUnreachable: {
    title: "The control API does not answer",
    cause: "The app has just ended, its main thread is busy, or --url names another machine or port.",
    remedy: "Look at the app's log; heptad health --live tells a stuck process from one that has gone.",
    code: "network.connection_failed"
  },
  ControlTokenUnreadable: {
    title: "The token of the control API cannot be read",
    cause: "The tokens lie in the data directory, readable for the user of the app only.",
    remedy: "Run heptad as that user, or give a file that you may read: --token-file.",
    code: "common.permission_denied"
  },
  ControlRefused: {
    title: "The app refused what it was asked or told",
    cause: "The token is wrong or of the role read, the input does not fit, or the state of the app does not allow it.",
    remedy: "Do as the message says: it carries the app's own reason."
  },
  AppNotStopped: {
    title: "The process of the app did not end",
    cause: "It finishes what it accepted and needs longer, belongs to another user, or runs in another container.",
    remedy: "Watch its steps with heptad status, wait longer with --timeout, or cut what is still at work with --force."
  },
  ControlMisunderstood: {
    title: "The app's answer has another shape than expected",
    cause: "The command and the app are of different versions, or something else listens at the address.",
    remedy: "Use the heptad that was installed with the app; heptad version and heptad status tell the versions.",
    code: "common.invalid_argument"
  },
  ProcessNotStarted: {
    title: "One of the processes of the app did not start",
    cause:
      "What would keep a single process from starting: a taken port, an unreachable database, a fault in a plugin.",
    remedy:
      "Read its lines in the log: they name the reason. With network.listen.processes set to 1 the app starts alone.",
    code: "common.not_initialized"
  },
  ProcessNotReplaced: {
    title: "A process could not be replaced",
    cause:
      "Its successor ended, or was not ready within deployment.start_timeout: mostly a new setting or a dependency.",
    remedy:
      "Nothing was lost: the old processes serve. Read the lines of the successor in the log, correct it, try again.",
    code: "common.not_initialized"
  },
  ProcessesGaveUp: {
    title: "A process of the app died again and again",
    cause: "A fault that ends the process soon after its start: memory that is used up, a native crash, process.exit.",
    remedy:
      "Read the lines before each end in the log, and its exit code or signal: SIGKILL is mostly the memory limit.",
    code: "common.internal_error"
  }
})
