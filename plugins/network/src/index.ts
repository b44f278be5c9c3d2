/** The public face of network. */
export { Authenticator } from "./Authenticator.ts"
export { Authorization, RequiredPermission } from "./Authorization.ts"
export * as CompiledApi from "./CompiledApi.ts"
export { NetworkConfig } from "./config.ts"
export { ApiKey } from "./config/apiKey.ts"
export { NetworkContract, PermissionsContract } from "./contract.ts"
export { CurrentRequest, type RequestInfo } from "./CurrentRequest.ts"
export { type Decision, DecisionLog } from "./DecisionLog.ts"
export {
  AuthenticationUnavailable,
  AuthKeysUnusable,
  BindFailed,
  CredentialFault,
  FramedConnectionLost,
  FramedLineFull,
  FramedRemoteError,
  FramedTimedOut,
  FramedUnreachable,
  FrameTooLarge,
  JwtSecretMissing,
  PermissionDenied,
  PermissionsUnavailable,
  PortTaken,
  TlsUnusable,
  TokenFault,
  TokenNotIssued,
  TokenRejected,
  TooManyRequests,
  Unauthenticated,
  UpstreamCaUnusable,
  UpstreamFailed,
  UpstreamFault,
  UpstreamUnknown
} from "./errors.ts"
export * as FramedClient from "./FramedClient.ts"
export * as FramedRoute from "./FramedRoute.ts"
export { type FramedAddress, FramedServer } from "./FramedServer.ts"
export { Guard } from "./Guard.ts"
export * as InlineScripts from "./InlineScripts.ts"
export { type Address, Network } from "./Network.ts"
export { Permissions } from "./Permissions.ts"
export { type Method, Principal } from "./Principal.ts"
export * as Problem from "./Problem.ts"
export { rateLimited } from "./rateLimited.ts"
export { ServiceClient } from "./ServiceClient.ts"
export { TokenIssuer, type TokenRequest } from "./TokenIssuer.ts"
export { TokenVerifier } from "./TokenVerifier.ts"
export { UpstreamCall, type UpstreamCallOptions } from "./UpstreamCall.ts"
