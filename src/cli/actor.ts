import { createHash } from 'node:crypto'
import { readFileSync, readlinkSync } from 'node:fs'
import type { Act, Actor } from '../links/session.ts'
import type { Context } from './context.ts'

/** What every acting verb hands to the engine: who acts, under which name, and whether `--take-over` was given. */
export function actOf(context: Context, name: string, { takeOver }: { readonly takeOver: boolean }): Act {
  return { actor: actorOf(context), time: context.time, name, isTakeOver: takeOver }
}

/** Who acts in this run of georep, for the locks of a link. */
export function actorOf({
  newId,
  user,
  hostname,
  pid,
  kill,
}: Pick<Context, 'newId' | 'user' | 'hostname' | 'pid' | 'kill'>): Actor {
  return {
    owner: newId(),
    user,
    host: hostname,
    pid,
    scope: scopeOf(hostname),
    isProcessAlive: (other) => isProcessAlive(other, kill),
  }
}

/** For records and journals: `ann@ops-1`, or the host alone where the user is not known. */
export function operatorText({ user, hostname }: Pick<Context, 'user' | 'hostname'>): string {
  return user === '' ? hostname : `${user}@${hostname}`
}

/**
 * Names the boot and the process namespace in which a pid means something. Where the system does not tell, it is the host's name alone, which two
 * containers may share: a pid that is not found there is a container's that ended, or one that cannot be seen; its lock then changes hands, and the
 * brokers refuse the former holder.
 */
function scopeOf(hostname: string): string {
  const parts = [
    hostname,
    told(() => readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim()),
    told(() => readlinkSync('/proc/self/ns/pid')),
  ]
  return createHash('sha256').update(parts.join('\n')).digest('hex').slice(0, 16)
}

function told(read: () => string): string {
  try {
    return read()
  } catch {
    return ''
  }
}

/** Taken to be alive unless the system says that there is none: what we may not signal lives. */
function isProcessAlive(pid: number, kill: Context['kill']): boolean {
  try {
    kill(pid, 0)
    return true
  } catch (error) {
    return !(error instanceof Error && 'code' in error && error.code === 'ESRCH')
  }
}
