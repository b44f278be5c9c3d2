/** A short text that stands for a long one. */
import * as crypto from "node:crypto"

export const digest = (text: string): string => crypto.hash("sha256", text, "base64url")
