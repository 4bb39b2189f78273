import type { Command } from 'commander'
import { clusterName } from '../args.ts'
import { withRequired } from '../options.ts'

/** `--cluster`, for verbs that look at groups of one cluster, be it part of a link or not. */
export function withCluster(command: Command): Command {
  return withRequired(command, '--cluster <cluster>', 'a cluster of georep.yaml', clusterName)
}
