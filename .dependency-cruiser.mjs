/**
 * Import rules that need resolved paths: who reaches whom, whatever the specifier says. The rules by specifier are in
 * .oxlintrc.json; the table of both is in ARCHITECTURE.md. Run by scripts/imports.ts, which also demands that enough modules
 * were seen: without @swc/core this tool sees none on TypeScript 7 and calls that a success.
 */

const packageFolder = "^(kernel|plugins/[^/]+|apps/[^/]+|docs/examples|test|bench|scripts)/"
const systems = "plugins/(common|thread|container|logger|monitoring|database|network)"

/** What each system may require besides the kernel and common; logger and monitoring are required by nobody. */
const requires = {
  common: [],
  thread: [],
  container: [],
  logger: [],
  monitoring: [],
  database: ["container", "thread"],
  network: ["container", "thread"]
}

const orderRules = Object.entries(requires).map(([system, others]) => ({
  name: `order-of-${system}`,
  comment: `${system} may require ${
    ["kernel", "common", ...others].join(", ")
  }: the order of the systems has one direction.`,
  severity: "error",
  from: { path: `^plugins/${system}/src/` },
  to: {
    path: "^(plugins|apps)/[^/]+/",
    pathNot: `^plugins/(${[system, "common", ...others].join("|")})/`
  }
}))

/** @type {import("dependency-cruiser").IConfiguration} */
export default {
  forbidden: [
    {
      name: "no-circle",
      comment: "Modules that import each other cannot be read, tested or loaded one after the other.",
      severity: "error",
      from: {},
      // A service file whose layer lives in internal/ and an internal/ that takes its types back are no circle at run time.
      to: { circular: true, viaOnly: { dependencyTypesNot: ["type-only"] } }
    },
    {
      name: "no-unresolvable",
      comment:
        "What cannot be resolved cannot be checked. The peers of bench/ are installed when a benchmark first runs.",
      severity: "error",
      from: { pathNot: "^bench/" },
      to: { couldNotResolve: true }
    },
    {
      name: "stay-in-package",
      comment: "A relative path stays in its package; others are imported by name.",
      severity: "error",
      // Names that the root package does not declare look like paths here, and scripts belong to the root.
      from: { path: packageFolder, pathNot: "^scripts/" },
      to: { path: packageFolder, pathNot: "^$1/", dependencyTypes: ["local"] }
    },
    {
      name: "face-only",
      comment: "Of another package only src/index.ts, src/plugin.ts and src/testing.ts are seen.",
      severity: "error",
      from: { path: packageFolder },
      to: {
        path: "^(kernel|plugins/[^/]+|apps/[^/]+)/",
        pathNot: ["^$1/", "/src/(index|plugin|testing)\\.ts$", "/package\\.json$"]
      }
    },
    {
      name: "kernel-knows-effect-only",
      comment: "The kernel knows no plugin, no app, no node: module and no library but effect.",
      severity: "error",
      from: { path: "^kernel/src/" },
      to: { pathNot: ["^kernel/", "(^|/)node_modules/effect/"] }
    },
    {
      name: "plugin-of-others",
      comment: "Only apps and tests see ./plugin of a package.",
      severity: "error",
      from: { path: "^(plugins/[^/]+|apps/orders|apps/accounts)/src/" },
      to: { path: "^(plugins|apps)/[^/]+/src/plugin\\.ts$", pathNot: "^$1/" }
    },
    {
      name: "testing-of-others",
      comment: "./testing of a package is for tests and for the ./testing of others.",
      severity: "error",
      from: { path: "^(kernel|plugins/[^/]+|apps/[^/]+)/src/", pathNot: "/src/testing\\.ts$" },
      to: { path: "^(kernel|plugins/[^/]+|apps/[^/]+)/src/testing\\.ts$", pathNot: "^$1/" }
    },
    {
      name: "drivers-inside-only",
      comment: "Public files of a plugin see no library but effect; internal/ and plugin.ts may.",
      severity: "error",
      from: { path: `^${systems}/src/`, pathNot: "/src/(internal/|plugin\\.ts$)" },
      to: { path: "(^|/)node_modules/", pathNot: "(^|/)node_modules/effect/" }
    },
    {
      name: "node-inside-only",
      comment: "Public files of a plugin see no node: module; internal/ and plugin.ts may.",
      severity: "error",
      from: { path: `^${systems}/src/`, pathNot: "/src/(internal/|plugin\\.ts$)" },
      to: { dependencyTypes: ["core"] }
    },
    {
      name: "domain-without-platform",
      comment: "orders and accounts are the same on every platform.",
      severity: "error",
      from: { path: "^apps/(orders|accounts)/src/" },
      to: { dependencyTypes: ["core"] }
    },
    ...orderRules
  ],
  options: {
    doNotFollow: { path: "node_modules" },
    exclude: { path: "^(\\.pack|(kernel|plugins/[^/]+|apps/[^/]+)/dist)/" },
    parser: "swc",
    // Imports of types are dependencies too.
    tsPreCompilationDeps: true,
    enhancedResolveOptions: {
      exportsFields: ["exports"],
      conditionNames: ["source", "import", "node", "default"],
      extensions: [".ts", ".js", ".json"]
    }
  }
}
