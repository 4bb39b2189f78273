/** What a cluster may be called, so that links can be named after it. */
export const clusterNamePattern = /^[a-z0-9][a-z0-9._-]{0,99}$/
