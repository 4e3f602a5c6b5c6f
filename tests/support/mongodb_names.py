"""What MongoDB knows, and some look-alikes, that no client may send."""

from __future__ import annotations

from safelight_server.authz.words import words

NOT_COMMANDS = words(
    """
    FIND Find _configsvrRefineCollectionShardKey abortReshardCollection applyOps authenticate
    autoSplitVector bulkWrite captrunc cloneCollectionAsCapped collStats compact configureFailPoint
    connPoolStats connectionStatus convertToCapped cpuload create createRole createUser currentOp
    dataSize dbCheck dbHash dbStats deleteIndexes driverOIDCTest dropAllUsersFromDatabase
    dropConnections dropDatabase dropRole dropUser emptycapped eval explain filemd5 findandmodify
    fsync fsyncUnlock geoSearch getCmdLineOpts getDefaultRWConcern getLog getParameter getnonce
    godinsert grantPrivilegesToRole grantRolesToUser group hostInfo
    internalRenameIfOptionsAndIndexesMatch invalidateUserCache isMaster killAllSessions
    killAllSessionsByPattern killOp killSessions listCommands listDatabases lockInfo
    logApplicationMessage logRotate logout mapReduce mapreduce moveChunk netstat planCacheClear
    prepareTransaction profile reIndex refreshSessions renameCollection repairDatabase
    replSetGetStatus replSetReconfig replSetStepDown resetError revokeRolesFromUser rolesInfo
    saslContinue saslStart serverStatus setClusterParameter setDefaultRWConcern
    setFeatureCompatibilityVersion setIndexCommitQuorum setParameter shutdown splitChunk
    startSession top touch updateRole updateUser usersInfo validate voteCommitIndexBuild whatsmyuri
    """
)
"""Commands, and other spellings of allowed ones."""

NOT_ARGUMENTS = words(
    """
    $audit $configServerState $db2 $impersonatedUsers apiVersion awaitData collectionUUID
    encryptionInformation exchange explain fromMongos isTimeseriesNamespace max min needsMerge
    oplogReplay returnKey runtimeConstants showRecordId stmtIds tailable viewOn writeConcern2
    """
)
"""Arguments of any command."""

NOT_STAGES = words(
    """
    $_internalInhibitOptimization $_internalSplitPipeline $backup $changeStreamSplitLargeEvent
    $currentOp $documents $graphLookup $listCatalog $listLocalSessions $listSampledQueries
    $listSearchIndexes $listSessions $mergeCursors $operationMetrics $planCacheStats $querySettings
    $queryStats $queue $search $searchMeta $setVariableFromSubPipeline $shardedDataDistribution
    $unknown $vectorSearch
    """
)
"""Stages of aggregations."""
