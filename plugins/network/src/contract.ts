/** What network promises, and the contract of permissions that another plugin keeps. */
import { Contract } from "@heptad/kernel"
import * as FileSystem from "effect/FileSystem"
import * as Etag from "effect/http/Etag"
import * as HttpPlatform from "effect/http/HttpPlatform"
import * as HttpRouter from "effect/http/HttpRouter"
import * as Path from "effect/Path"
import manifest from "../package.json" with { type: "json" }
import { Authenticator } from "./Authenticator.ts"
import { DecisionLog } from "./DecisionLog.ts"
import { FramedServer } from "./FramedServer.ts"
import { Network } from "./Network.ts"
import { Permissions } from "./Permissions.ts"
import { ServiceClient } from "./ServiceClient.ts"
import { TokenIssuer } from "./TokenIssuer.ts"
import { TokenVerifier } from "./TokenVerifier.ts"

/** The router takes routes while plugins build; the others are what `HttpApiBuilder.layer` needs beside it. */
export const NetworkContract = Contract.make({
  name: "network",
  manifest,
  services: [
    Network,
    HttpRouter.HttpRouter,
    Etag.Generator,
    HttpPlatform.HttpPlatform,
    FileSystem.FileSystem,
    Path.Path,
    TokenVerifier,
    TokenIssuer,
    Authenticator,
    DecisionLog,
    ServiceClient,
    FramedServer
  ]
})

/** Kept by the plugin that knows roles and permissions; `Authorization` needs it, network does not. */
export const PermissionsContract = Contract.make({ name: "permissions", manifest, services: [Permissions] })
