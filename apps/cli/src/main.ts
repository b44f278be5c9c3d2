#!/usr/bin/env -S node --conditions=source
/** The `heptad` command. */
import "./run.ts"
