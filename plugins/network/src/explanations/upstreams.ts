/** Upstreams that do not answer, explained. */
import { explanationsOf } from "@heptad/kernel"
import type * as Errors from "../errors/upstreams.ts"

export const upstreams = explanationsOf<typeof Errors>({
  UpstreamUnknown: {
    title: "An upstream is asked for that the settings do not have",
    cause:
      "The name in the code and the one below network.upstreams differ, or the settings of this environment lack it.",
    remedy: "Add network.upstreams.<name>.endpoints, or correct the name; heptad plan lists the upstreams.",
    code: "common.not_found"
  },
  UpstreamCaUnusable: {
    title: "The authorities of an upstream cannot be used",
    cause: "The file is missing, not readable for this user, or no PEM file of certificates.",
    remedy:
      "Correct network.upstreams.<name>.tls.ca_file; openssl x509 -noout -subject -in <file> shows what it holds.",
    code: "common.io_error"
  },
  UpstreamFailed: [
    {
      title: "An upstream refuses connections",
      cause: "It is not running, listens on another port, or a firewall answers in its place.",
      remedy: "Start it, or correct network.upstreams.<name>.endpoints; heptad check --probe tries every address.",
      code: "network.connection_refused"
    },
    {
      title: "An upstream cannot be connected to",
      cause: "Its name is not known, no route leads to it, or its certificate is not accepted.",
      remedy: "Look at the problem in brackets: ENOTFOUND is the name, EHOSTUNREACH the network, a certificate needs " +
        "network.upstreams.<name>.tls.ca_file.",
      code: "network.connection_failed"
    },
    {
      title: "An upstream does not answer in time",
      cause: "It is overloaded or hangs, or the time is shorter than its work.",
      remedy:
        "Look at its load and log; raise connect_timeout, timeout or total_timeout of network.upstreams.<name> only " +
        "when the work needs it.",
      code: "network.connection_timeout"
    },
    {
      title: "An upstream closed the connection before its answer was complete",
      cause: "It crashed or was restarted, or a proxy in between has shorter timeouts.",
      remedy:
        "Look at its log at that time; compare its keep-alive time with network.upstreams.<name>.pool.keepalive_timeout.",
      code: "network.connection_closed"
    },
    {
      title: "An upstream answers what cannot be used",
      cause:
        "What listens there does not speak HTTP/1.1, the answer is larger than allowed, or it redirects in a circle.",
      remedy:
        "Correct the address; raise network.upstreams.<name>.max_response_size when answers are meant to be so large.",
      code: "common.network_error"
    },
    {
      title: "An upstream is not called at the moment",
      cause: "Its circuit is open after many failures, or as many requests as allowed are under way and waiting.",
      remedy: "Run heptad upstreams, which tells circuit and endpoints; bring the upstream back, or " +
        "raise network.upstreams.<name>.bulkhead when it can take more.",
      code: "common.not_initialized"
    }
  ]
})
