import { createHash } from 'node:crypto'
import { isAbsolute, join } from 'node:path'
import type { SandboxDeps } from './deps.ts'

type Where = Pick<SandboxDeps, 'env' | 'home' | 'platform'>

/** Where what can be fetched again is kept. */
export function cacheFolder(where: Where): string {
  const fallback = where.platform === 'darwin' ? join(where.home, 'Library', 'Caches') : join(where.home, '.cache')
  return join(fromXdg(where.env['XDG_CACHE_HOME']) ?? fallback, 'georep')
}

/** Where the records of the sandboxes lie, one per sandbox. */
export function recordsFolder(where: Where): string {
  const fallback = join(where.home, '.local', 'state')
  return join(fromXdg(where.env['XDG_STATE_HOME']) ?? fallback, 'georep', 'sandbox')
}

/** A short name of the records folder, for markers. */
export function scopeOf(where: Where): string {
  return createHash('sha256').update(recordsFolder(where)).digest('hex').slice(0, 12)
}

/** The XDG specification: a relative path is invalid and is to be ignored. */
function fromXdg(path: string | undefined): string | undefined {
  return path !== undefined && isAbsolute(path) ? path : undefined
}
