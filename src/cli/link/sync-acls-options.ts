import type { Command } from 'commander'
import type { SyncedText } from '../args.ts'

/** `--sync` and `--sync-acls-resource`, as they were typed. */
export interface SyncAclsOptions {
  readonly sync: SyncedText | undefined
  readonly syncAclsResource: readonly string[] | undefined
}

/** Which ACLs belongs to bringing them over. */
export function requireSyncAcls(self: Command, { sync, syncAclsResource }: SyncAclsOptions): void {
  if (syncAclsResource !== undefined && sync !== 'acls') {
    self.error("error: '--sync-acls-resource' goes with '--sync acls'")
  }
}

/** Globs of the names that ACLs are about which are brought over; undefined for none. */
export function resourcesToSync({ sync, syncAclsResource }: SyncAclsOptions): readonly string[] | undefined {
  return sync === 'acls' ? (syncAclsResource ?? ['*']) : undefined
}

/** The same, as it would be typed. */
export function syncAclsWords({ sync, syncAclsResource }: SyncAclsOptions): readonly string[] {
  return [
    ...(sync === undefined ? [] : ['--sync', sync]),
    ...(syncAclsResource === undefined ? [] : ['--sync-acls-resource', ...syncAclsResource]),
  ]
}

/** `all`, or the names that they are about. */
export function syncedAclsText(resources: readonly string[]): string {
  return resources.includes('*') ? 'all that acl list shows' : `about ${resources.join(', ')}`
}
