/** A port that cannot be listened on, explained. */
import { explanationsOf } from "@heptad/kernel"
import type * as Errors from "../errors/listen.ts"

export const listen = explanationsOf<typeof Errors>({
  PortTaken: {
    title: "The port of the app is in use",
    cause: "The app runs already, or another server listens there; 8080 is a common choice.",
    remedy:
      "Find the process with ss -ltnp (macOS: lsof -i :8080) and stop it, or choose another port with NETWORK_PORT " +
      "(network.tcp.port); 0 takes a free one.",
    code: "network.bind_failed"
  },
  BindFailed: {
    title: "The address of the app cannot be listened on",
    cause: "EADDRNOTAVAIL: this machine does not have the address. EACCES: no right to a port below 1024.",
    remedy:
      "Set NETWORK_BIND_ADDRESS (network.tcp.bind_address) to 127.0.0.1 or 0.0.0.0, and NETWORK_PORT to 1024 or more.",
    code: "network.bind_failed"
  },
  TlsUnusable: {
    title: "TLS is on and cannot be served",
    cause:
      "A certificate or key file that is missing, cut off, not readable for this user or expired, a key of another " +
      "certificate, or an unknown cipher.",
    remedy: "Correct the setting that the message names: network.tls.cert_file and key_file " +
      "(NETWORK_TLS_CERT, NETWORK_TLS_KEY); openssl x509 -noout -dates -in <file> shows how long a certificate is good.",
    code: "network.bind_failed"
  }
})
