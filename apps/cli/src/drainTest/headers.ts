/** Answers tell which instance they come from; a request may wish for one, as with a session cookie. */
export const instanceHeader = "x-heptad-instance"

/** Why the balancer itself answered. */
export const reasonHeader = "x-heptad-balancer"
