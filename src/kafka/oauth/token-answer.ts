import { z } from 'zod'

/** RFC 6750: what may stand in an Authorization header. Anything else could end the message it is put into. */
const bearerToken = /^[A-Za-z0-9\-._~+/]+=*$/

const answer = z.object({
  access_token: z.string().max(65_536).regex(bearerToken),
  token_type: z.string().optional(),
  // Some servers write it as text.
  expires_in: z
    .union([
      z.number(),
      z
        .string()
        .regex(/^\d{1,9}$/)
        .transform(Number),
    ])
    .optional(),
})

const refusal = z.object({ error: z.string().regex(/^[A-Za-z0-9_.-]{1,60}$/) })

export interface TokenAnswer {
  readonly value: string
  /** 0 when the server does not say: then it is used once. */
  readonly lifetimeMs: number
}

/** RFC 6749, 5.1. Undefined when the text is none. */
export function tokenFrom(text: string): TokenAnswer | undefined {
  const found = answer.safeParse(jsonOf(text))
  if (!found.success) return undefined
  const { access_token: value, token_type: type = 'Bearer', expires_in: seconds = 0 } = found.data
  if (type.toLowerCase() !== 'bearer') return undefined
  return { value, lifetimeMs: Math.max(0, Math.min(seconds, 86_400)) * 1000 }
}

/** RFC 6749, 5.2: the code alone. The description is free text, and some servers repeat the request in it. */
export function refusalFrom(text: string): string | undefined {
  const found = refusal.safeParse(jsonOf(text))
  return found.success ? found.data.error : undefined
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
