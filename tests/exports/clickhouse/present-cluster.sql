CREATE TABLE IF NOT EXISTS `tstat`.`udp_complete_local` ON CLUSTER `two`
(
  `time` DateTime64(9, 'UTC') COMMENT 'the first time that the row has' CODEC(DoubleDelta, ZSTD),
  `day` Date COMMENT 'of that time, UTC',
  `probe` LowCardinality(String) COMMENT 'measuring point',
  `run` UInt64 COMMENT 'one number for each start of the program',
  `row` UInt64 COMMENT 'number of the row in its run, from 0' CODEC(Delta, ZSTD),
  `flow` Nullable(UInt64) COMMENT 'number of the flow in its run',
  `c_ip` IPv6 COMMENT 'IP address',
  `c_port` UInt16 COMMENT 'UDP port',
  `c_first_abs` Nullable(DateTime64(9, 'UTC')) COMMENT 'time of the first packet, since the epoch',
  `c_bytes_all` Int64 COMMENT 'payload, by the length fields of the UDP headers',
  `c_type` UInt8 COMMENT 'protocol of this side: see codes.md'
)
ENGINE = ReplicatedReplacingMergeTree('/clickhouse/tables/{shard}/tstat/udp_complete_local', '{replica}')
PARTITION BY day
ORDER BY (time, probe, run, row)
TTL day + INTERVAL 7 DAY;
CREATE TABLE IF NOT EXISTS `tstat`.`udp_complete` ON CLUSTER `two` AS `tstat`.`udp_complete_local`
ENGINE = Distributed(`two`, 'tstat', 'udp_complete_local', cityHash64(probe, run, row));
