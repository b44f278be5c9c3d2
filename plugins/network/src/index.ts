/** The public face of network. */
export { Authorization, RequiredPermission } from "./Authorization.ts"
export * as CompiledApi from "./CompiledApi.ts"
export { NetworkConfig } from "./config.ts"
export { NetworkContract, PermissionsContract } from "./contract.ts"
export { CurrentRequest, type RequestInfo } from "./CurrentRequest.ts"
export {
  BindFailed,
  JwtSecretMissing,
  PermissionDenied,
  PermissionsUnavailable,
  PortTaken,
  TlsUnusable,
  TokenFault,
  TokenRejected,
  Unauthenticated
} from "./errors.ts"
export { type Address, Network } from "./Network.ts"
export { Permissions } from "./Permissions.ts"
export { Principal } from "./Principal.ts"
export * as Problem from "./Problem.ts"
export { TokenIssuer, type TokenRequest } from "./TokenIssuer.ts"
export { TokenVerifier } from "./TokenVerifier.ts"
