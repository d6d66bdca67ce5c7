/* SPDX-License-Identifier: BSD-3-Clause
 *
 * The C API of everything that libtstat does: sessions, their options, records with typed columns,
 * histograms (docs/c-api.md). It is a thin layer on the C++ API (tstat/session.h).
 *
 *   static int on_flow(const tstat_row *row, void *user) {
 *     uint64_t packets;
 *     if (tstat_row_uint64_named(row, "c_pkts_all", &packets) == TSTAT_OK) use(user, packets);
 *     return 0;                                        // anything else ends the analysis
 *   }
 *
 *   tstat_session *session = tstat_session_new();
 *   tstat_session_set(session, "internal-nets", "nets.conf");
 *   tstat_session_on_row(session, "tcp_complete", on_flow, NULL);
 *   if (tstat_session_run_trace(session, "trace.pcap") < 0) puts(tstat_session_error(session));
 *   tstat_session_finish(session);
 *   tstat_session_free(session);
 *
 * Rules:
 * - What is said of every function: it returns TSTAT_OK, or why not; a negative number is an error,
 *   and tstat_session_error() says more. NULL where an object, a name or a place for a result
 *   belongs is TSTAT_INVALID. A function that does not return a status says what it returns then.
 * - One thread at a time for one session; sessions are independent, and there is nothing global.
 *   tstat_session_interrupt() alone may come from anywhere. No function ends the process, prints,
 *   starts a thread or handles a signal, and no C++ exception leaves one.
 * - Texts that are returned end with NUL. They stay until the next call for the same object, those
 *   of the schema (logs, tables, columns, codes, options, histograms) for ever.
 * - From within a call-back, functions that read (tstat_row_..., tstat_session_statistic, ...)
 * work; those that drive the session are TSTAT_BUSY and do nothing. Rows, batches and snapshots are
 *   valid during the call only. A call-back must return: no longjmp; what a C++ function throws
 *   ends the analysis with TSTAT_INTERNAL.
 * - Structures begin with `struct_size`, which the caller sets to their sizeof, so that later
 *   releases can add members at their end. Of a larger one the unknown rest is 0.
 */
#ifndef TSTAT_C_TSTAT_H_
#define TSTAT_C_TSTAT_H_

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

#if defined(__GNUC__)
#define TSTAT_C_EXPORT __attribute__((visibility("default")))
#else
#define TSTAT_C_EXPORT
#endif

/* ---- versions and statuses ---- */

/* The version of this interface: it grows when something is added. */
#define TSTAT_C_API 1

/* That of the library that was loaded, and its release ("4.0.0"). */
TSTAT_C_EXPORT unsigned tstat_c_api(void);
TSTAT_C_EXPORT const char* tstat_version(void);

enum {
  TSTAT_OK = 0,
  /* No errors. */
  TSTAT_ABSENT = 1,      /* there is no value, problem, ... */
  TSTAT_STOPPED = 2,     /* a call-back asked for the end */
  TSTAT_INTERRUPTED = 3, /* tstat_session_interrupt() did, or a signal while a trace was opened */
  /* Errors. */
  TSTAT_INVALID = -1,      /* an argument, an option or a file is not what it must be */
  TSTAT_NOT_FOUND = -2,    /* no such name, column, file, interface */
  TSTAT_WRONG_TYPE = -3,   /* the column has another type */
  TSTAT_WRONG_STATE = -4,  /* too early or too late for this call */
  TSTAT_BUSY = -5,         /* called from within a call-back of the session */
  TSTAT_EXHAUSTED = -6,    /* no memory, no room on the disk */
  TSTAT_OUT_OF_RANGE = -7, /* a time that no packet may have */
  TSTAT_DENIED = -8,       /* no permission */
  TSTAT_DAMAGED = -9,      /* the trace is cut or damaged; what came before was analysed */
  TSTAT_ABORTED = -10,     /* likewise: its compressed data are damaged, or reading failed */
  TSTAT_UNAVAILABLE = -11, /* another process has it */
  TSTAT_UNSUPPORTED = -12, /* this library was built without it */
  TSTAT_INTERNAL = -13     /* anything else */
};

/* "TSTAT_OK", ...; "?" for a number that is none of them. */
TSTAT_C_EXPORT const char* tstat_status_name(int status);

/* ---- sessions ---- */

/* A session is set up (options, call-backs), then it runs (traces, packets), then it is finished.
 * The first function that needs it running starts it, as tstat_session_start() does. */
typedef struct tstat_session tstat_session;

/* NULL: no memory. */
TSTAT_C_EXPORT tstat_session* tstat_session_new(void);
/* Flows that are open are discarded: call tstat_session_finish() before. NULL is fine. TSTAT_BUSY
 * from within a call-back: it is not freed. */
TSTAT_C_EXPORT int tstat_session_free(tstat_session* session);

/* The text of the last error of this session; "" before the first one. */
TSTAT_C_EXPORT const char* tstat_session_error(const tstat_session* session);

/* ---- options ---- */

/* The options of the command (tstat(1)), by their long name or letter, without dashes: "output-dir"
 * or "s". Those that take no argument are set by the value NULL, "" or "1". They are what
 * tstat_option_at() lists; what the command does for itself (messages, rights) is not among them.
 * Values that are no names of files are checked at once, files are read by tstat_session_start().
 *
 * Without "output-dir" no logs and histograms are written, unless "output-by-trace" (not an option
 * of the command) names directories after the traces. "live" says that packets are those of an
 * interface, "stream" (not an option of the command) that they come without end: output rotates,
 * tstat_session_reload() works, a full table of flows makes room.
 *
 * TSTAT_NOT_FOUND: no such option; TSTAT_WRONG_STATE: the session has started. */
TSTAT_C_EXPORT int tstat_session_set(tstat_session* session, const char* name, const char* value);

/* A key of globals.conf or runtime.conf: "Max_TCP_Pairs", "log_http_complete", ... It counts more
 * than the files, those that tstat_session_reload() reads too. TSTAT_NOT_FOUND: no such key; a
 * wrong value shows when the session starts. */
TSTAT_C_EXPORT int tstat_session_set_key(tstat_session* session, const char* key,
                                         const char* value);

/* Collects the histograms whose names contain `part`, beside those of the option "histograms"; ""
 * means all. TSTAT_NOT_FOUND: there is none. */
TSTAT_C_EXPORT int tstat_session_select_histograms(tstat_session* session, const char* part);

typedef struct tstat_option_info {
  size_t struct_size;
  const char* name;     /* "output-dir" */
  char letter;          /* 's'; 0: none */
  const char* argument; /* "DIR"; "": it takes none */
  const char* help;
} tstat_option_info;

TSTAT_C_EXPORT size_t tstat_option_count(void);
TSTAT_C_EXPORT int tstat_option_at(size_t index, tstat_option_info* info);

/* ---- the schema: what records are made of ---- */

/* A table is a kind of rows; a log of Tstat's has one or more of them. Logs and tables that a
 * profile does not have are listed, too. */
typedef struct tstat_table tstat_table;

/* The option "compat": 3.1.1, 3.3, none. */
enum { TSTAT_PROFILE_311 = 0, TSTAT_PROFILE_33 = 1, TSTAT_PROFILE_NONE = 2 };

typedef struct tstat_log_info {
  size_t struct_size;
  const char* name; /* "log_tcp_complete" */
  int on_by_default;
  size_t tables; /* 0: its rows cannot be had yet */
} tstat_log_info;

TSTAT_C_EXPORT size_t tstat_log_count(void);
TSTAT_C_EXPORT int tstat_log_at(size_t index, tstat_log_info* info);

typedef struct tstat_table_info {
  size_t struct_size;
  const char* name; /* "tcp_complete" */
  const char* log;  /* "log_tcp_complete" */
  const char* description;
  size_t columns;
} tstat_table_info;

TSTAT_C_EXPORT size_t tstat_table_count(void);
/* NULL: there is none. */
TSTAT_C_EXPORT const tstat_table* tstat_table_at(size_t index);
TSTAT_C_EXPORT const tstat_table* tstat_table_named(const char* name);
TSTAT_C_EXPORT int tstat_table_describe(const tstat_table* table, tstat_table_info* info);
/* Whether a profile has rows of the table, 0 or 1; 0 for NULL and unknown profiles. */
TSTAT_C_EXPORT int tstat_table_in_profile(const tstat_table* table, int profile);

enum {
  TSTAT_UNSIGNED = 0,
  TSTAT_SIGNED = 1,
  TSTAT_REAL = 2,
  TSTAT_BOOLEAN = 3,
  TSTAT_ENUMERATION = 4, /* an unsigned number, one of the column's codes */
  TSTAT_BIT_SET = 5,     /* an unsigned number, a sum of codes */
  TSTAT_TEXT = 6,        /* any bytes */
  TSTAT_ADDRESS = 7,
  TSTAT_TIME = 8,    /* nanoseconds since the Unix epoch, signed */
  TSTAT_DURATION = 9 /* nanoseconds, signed */
};

/* What has to be done with a column before it may leave (docs/schema.md). */
enum {
  TSTAT_PUBLIC = 0,
  TSTAT_PRIVATE_ADDRESS = 1,
  TSTAT_PRIVATE_NAME = 2,
  TSTAT_PRIVATE_CONTENT = 3,
  TSTAT_PRIVATE_DERIVED = 4
};

/* Whose value it is. */
enum { TSTAT_OF_FLOW = 0, TSTAT_OF_CLIENT = 1, TSTAT_OF_SERVER = 2 };

typedef struct tstat_column_info {
  size_t struct_size;
  const char* name;        /* "c_pkts_all" */
  const char* label;       /* "pkts_all": without the side's prefix */
  const char* unit;        /* "bytes", "ns", ...; "": a count, a flag, a code or a text */
  const char* absent;      /* when there is no value; "": there always is one */
  const char* description; /* one line */
  const char* type_name;   /* "uint32", "real", "bits16", "time", ... */
  int type;                /* TSTAT_UNSIGNED, ... */
  int bits;                /* of numbers: 8, 16, 32 or 64; else 0 */
  int privacy;             /* TSTAT_PUBLIC, ... */
  int side;                /* TSTAT_OF_FLOW, ... */
  size_t codes;            /* named values */
} tstat_column_info;

typedef struct tstat_code {
  size_t struct_size;
  uint32_t value;
  const char* name;    /* may be "" */
  const char* meaning; /* Markdown */
} tstat_code;

#define TSTAT_NO_COLUMN ((size_t)-1)

/* Columns are numbered from 0, those of all profiles. */
TSTAT_C_EXPORT int tstat_column_describe(const tstat_table* table, size_t column,
                                         tstat_column_info* info);
TSTAT_C_EXPORT int tstat_column_code(const tstat_table* table, size_t column, size_t index,
                                     tstat_code* code);
/* As tstat_table_in_profile(). */
TSTAT_C_EXPORT int tstat_column_in_profile(const tstat_table* table, size_t column, int profile);
/* TSTAT_NO_COLUMN: there is none of this name. */
TSTAT_C_EXPORT size_t tstat_column_named(const tstat_table* table, const char* name);

/* ---- rows ---- */

typedef struct tstat_row tstat_row;

/* 0: go on. Anything else ends the analysis: no call-back of the session is called any more (but
 * that for notices), the trace is ended as at its end, the function that drove it returns
 * TSTAT_STOPPED, and so do all later ones, which do nothing; tstat_session_finish() closes what is
 * open. */
typedef int (*tstat_row_function)(const tstat_row* row, void* user);

/* For each row of a table ("tcp_complete"), of a log ("log_tcp_complete": all its tables), or of
 * all (NULL). May be called again, for the same rows, too. Rows are told in the order of the logs,
 * whatever the log_... keys of runtime.conf say, which are about files. A name whose rows the
 * session's version of Tstat does not have ("compat") is TSTAT_NOT_FOUND of tstat_session_start().
 * How much of URLs they show follows httplog_full_url of runtime.conf. */
TSTAT_C_EXPORT int tstat_session_on_row(tstat_session* session, const char* name,
                                        tstat_row_function function, void* user);

/* Of which table it is. NULL for NULL. */
TSTAT_C_EXPORT const tstat_table* tstat_row_table(const tstat_row* row);

typedef struct tstat_text {
  size_t struct_size;
  const char* bytes; /* not ended by NUL */
  size_t length;
  int begin_missing, end_missing; /* it was cut: the end of a segment, ... */
} tstat_text;

typedef struct tstat_address {
  size_t struct_size;
  int version;       /* 4 or 6 */
  uint8_t bytes[16]; /* in network order; of IPv4 the first 4 */
  int encrypted;     /* in a network to be anonymised: not the address itself (docs/privacy.md) */
} tstat_address;

/* The value of a column, as the options "crypto-nets", "enc", "strict-anonymity" allow it to be
 * shown; texts stay as long as the row is valid. TSTAT_ABSENT, and nothing is written: there is
 * none, or the session's profile does not have the column. TSTAT_WRONG_TYPE: the function is not
 * the column's. TSTAT_NOT_FOUND: no such column.
 *
 *   uint64     TSTAT_UNSIGNED, TSTAT_ENUMERATION, TSTAT_BIT_SET
 *   int64      TSTAT_SIGNED
 *   double     TSTAT_REAL, and all numbers of the above (above 2^53 rounded)
 *   bool       TSTAT_BOOLEAN: 0 or 1
 *   text       TSTAT_TEXT; address: TSTAT_ADDRESS
 *   time       TSTAT_TIME;  duration: TSTAT_DURATION */
TSTAT_C_EXPORT int tstat_row_uint64(const tstat_row* row, size_t column, uint64_t* value);
TSTAT_C_EXPORT int tstat_row_int64(const tstat_row* row, size_t column, int64_t* value);
TSTAT_C_EXPORT int tstat_row_double(const tstat_row* row, size_t column, double* value);
TSTAT_C_EXPORT int tstat_row_bool(const tstat_row* row, size_t column, int* value);
TSTAT_C_EXPORT int tstat_row_text(const tstat_row* row, size_t column, tstat_text* value);
TSTAT_C_EXPORT int tstat_row_address(const tstat_row* row, size_t column, tstat_address* value);
TSTAT_C_EXPORT int tstat_row_time(const tstat_row* row, size_t column, int64_t* value);
TSTAT_C_EXPORT int tstat_row_duration(const tstat_row* row, size_t column, int64_t* value);

/* The same by name, which takes a look-up: tstat_column_named() once is faster. */
TSTAT_C_EXPORT int tstat_row_uint64_named(const tstat_row* row, const char* name, uint64_t* value);
TSTAT_C_EXPORT int tstat_row_int64_named(const tstat_row* row, const char* name, int64_t* value);
TSTAT_C_EXPORT int tstat_row_double_named(const tstat_row* row, const char* name, double* value);
TSTAT_C_EXPORT int tstat_row_bool_named(const tstat_row* row, const char* name, int* value);
TSTAT_C_EXPORT int tstat_row_text_named(const tstat_row* row, const char* name, tstat_text* value);
TSTAT_C_EXPORT int tstat_row_address_named(const tstat_row* row, const char* name,
                                           tstat_address* value);
TSTAT_C_EXPORT int tstat_row_time_named(const tstat_row* row, const char* name, int64_t* value);
TSTAT_C_EXPORT int tstat_row_duration_named(const tstat_row* row, const char* name, int64_t* value);

/* ---- rows as columns: each column of some rows as one array ---- */

typedef struct tstat_batch tstat_batch;
typedef int (*tstat_batch_function)(const tstat_batch* batch, void* user);

/* Rows of a table as with tstat_session_on_row(), `rows` at a time (1 to 1048576), the rest when a
 * trace ends. The result of the call-back is that of tstat_row_function. */
TSTAT_C_EXPORT int tstat_session_on_batch(tstat_session* session, const char* table, size_t rows,
                                          tstat_batch_function function, void* user);

typedef struct tstat_array {
  size_t struct_size;
  int type; /* of the column */
  size_t rows;
  /* Numbers of the column's width; TSTAT_REAL: double; TSTAT_BOOLEAN: 1 byte; TSTAT_TIME,
   * TSTAT_DURATION: int64_t; TSTAT_ADDRESS: 16 bytes, IPv4 as ::ffff:a.b.c.d. 0: texts. */
  size_t element_size;
  const void* data;        /* the elements; of texts all their bytes. 0 where absent */
  size_t data_size;        /* in bytes */
  const uint64_t* offsets; /* of texts: rows + 1 places in `data`; else NULL */
  const uint8_t* valid;    /* a byte a row: 1, or 0 where the value is absent */
  size_t absent;           /* how many are */
} tstat_array;

/* NULL, 0 for NULL. */
TSTAT_C_EXPORT const tstat_table* tstat_batch_table(const tstat_batch* batch);
TSTAT_C_EXPORT size_t tstat_batch_rows(const tstat_batch* batch);
/* TSTAT_ABSENT: the session's profile does not have the column. */
TSTAT_C_EXPORT int tstat_batch_column(const tstat_batch* batch, size_t column, tstat_array* array);
/* The validity of a column as bits, the first row's the lowest of the first byte, as Apache Arrow
 * has it. `size` bytes are there: at least (rows + 7) / 8, else TSTAT_INVALID. */
TSTAT_C_EXPORT int tstat_batch_bitmap(const tstat_batch* batch, size_t column, uint8_t* bits,
                                      size_t size);

/* ---- histograms ---- */

enum {
  TSTAT_DISTRIBUTION = 0, /* events add 1 to the bin of their value */
  TSTAT_RATE = 1,         /* set when an interval ends: bit/s */
  TSTAT_AVERAGE = 2,      /* likewise: an average over time */
  TSTAT_SUM = 3           /* likewise: a sum */
};

typedef struct tstat_histogram_info {
  size_t struct_size;
  const char* name;   /* "ip_len_in"; two are called "tcp_net_dup_out", as in Tstat */
  const char* family; /* "ip_len": what is measured */
  const char* suffix; /* "in", "out", "c2s", ...: whose values; "": of all */
  const char *description, *unit;
  int64_t min, max, width; /* bins of `width` from `min` to `max` */
  int kind;                /* TSTAT_DISTRIBUTION, ... */
} tstat_histogram_info;

/* All that there are, in the order of definition. */
TSTAT_C_EXPORT size_t tstat_histogram_count(void);
TSTAT_C_EXPORT int tstat_histogram_at(size_t index, tstat_histogram_info* info);

/* What was collected since the snapshot before. */
typedef struct tstat_snapshot tstat_snapshot;
typedef int (*tstat_snapshot_function)(const tstat_snapshot* snapshot, void* user);

/* At the end of each interval (Max_Time_Step of globals.conf), and of each trace, for the
 * histograms of the option "histograms" and of tstat_session_select_histograms(). The result is
 * that of tstat_row_function. */
TSTAT_C_EXPORT int tstat_session_on_histograms(tstat_session* session,
                                               tstat_snapshot_function function, void* user);

enum {
  TSTAT_SNAPSHOT_INTERVAL = 0,
  TSTAT_SNAPSHOT_TRACE_END = 1,         /* the last interval of a trace */
  TSTAT_SNAPSHOT_INTERNAL_ADDRESSES = 2 /* the rates of internal addresses only */
};

typedef struct tstat_snapshot_info {
  size_t struct_size;
  int kind;          /* TSTAT_SNAPSHOT_INTERVAL, ... */
  int64_t time;      /* of the packet that ended it, ns */
  uint32_t interval; /* its number within the output, from 0 */
  size_t histograms;
  size_t addresses, internal_addresses; /* networks */
  uint32_t address_mask, internal_address_mask;
  uint64_t average_period_s, peak_period_s; /* of the rates of internal addresses */
} tstat_snapshot_info;

TSTAT_C_EXPORT int tstat_snapshot_describe(const tstat_snapshot* snapshot,
                                           tstat_snapshot_info* info);

typedef struct tstat_histogram {
  size_t struct_size;
  const char *name, *description;
  int64_t min, max, width;
  const int64_t* cells; /* below min, the bins, max and above */
  size_t cell_count;
  int64_t samples; /* in the bins; of rates: their sum */
  /* Sums over all intervals, with the option "global-histograms"; else NULL. */
  const int64_t* total_cells;
  int64_t total_samples;
} tstat_histogram;

/* Latest definition first. */
TSTAT_C_EXPORT int tstat_snapshot_histogram(const tstat_snapshot* snapshot, size_t index,
                                            tstat_histogram* histogram);
TSTAT_C_EXPORT int tstat_snapshot_histogram_named(const tstat_snapshot* snapshot, const char* name,
                                                  tstat_histogram* histogram);
/* What stands for a cell in the files: the lower end of the bin. 0 for NULL and for cells that are
 * not there. */
TSTAT_C_EXPORT int64_t tstat_histogram_label(const tstat_histogram* histogram, size_t cell);

/* Packets and bytes of an IPv4 network. */
typedef struct tstat_network {
  size_t struct_size;
  uint32_t network; /* in host order */
  int64_t source_packets, destination_packets;
  uint64_t source_bytes, destination_bytes;
  double up, down, max_up, max_down; /* of internal ones: kbit/s; "up" is sent by the network */
} tstat_network;

/* `internal`: 0 or 1, of which list. */
TSTAT_C_EXPORT int tstat_snapshot_network(const tstat_snapshot* snapshot, int internal,
                                          size_t index, tstat_network* network);

/* ---- what else is told ---- */

enum {
  TSTAT_NEW_OUTPUT = 0,   /* a new output period begins */
  TSTAT_INTERVAL_END = 1, /* Max_Time_Step passed */
  TSTAT_TRACE_END = 2     /* a trace ended, and its flows have been told */
};

typedef struct tstat_event {
  size_t struct_size;
  int kind;          /* TSTAT_NEW_OUTPUT, ... */
  int64_t time;      /* ns */
  uint32_t interval; /* of TSTAT_INTERVAL_END: within the output, from 0 */
} tstat_event;

/* The result of the call-back is that of tstat_row_function. */
typedef int (*tstat_event_function)(const tstat_event* event, void* user);
TSTAT_C_EXPORT int tstat_session_on_event(tstat_session* session, tstat_event_function function,
                                          void* user);

enum {
  TSTAT_LOG_DIRECTORY = 0,         /* the path of one that was made */
  TSTAT_HISTOGRAM_DIRECTORY = 1,   /* likewise */
  TSTAT_WARNING = 2,               /* about directories of earlier or other runs */
  TSTAT_UNOPENED_FILE = 3,         /* a histogram file that was not opened */
  TSTAT_MANY_EMPTY_HISTOGRAMS = 4, /* how many files without a sample were written */
  TSTAT_CONFIGURATION_WARNING = 5, /* of a changed runtime.conf: a value that was ignored */
  TSTAT_CONFIGURATION_NOTICE = 6,  /* likewise: what it changes */
  TSTAT_START_MESSAGE = 7,         /* what the command would print when it starts */
  TSTAT_TRACE_NOTE = 8,            /* something odd about a trace that was read */
  TSTAT_OTHER_NOTICE = 9,          /* what a later release tells: see the text */
  TSTAT_DUMP_DIRECTORY = 10,       /* as TSTAT_LOG_DIRECTORY, of packet dumps */
  TSTAT_DNS_CACHE_FULL = 11        /* by the option "dns-cache-notices" */
};

/* Not errors: what the command would print. `time` is 0 where there is none. */
typedef void (*tstat_notice_function)(int kind, const char* text, int64_t time, void* user);
TSTAT_C_EXPORT int tstat_session_on_notice(tstat_session* session, tstat_notice_function function,
                                           void* user);

/* What a TLS flow said about itself before it went dark: when the server's hello was seen, or at
 * the flow's end if there was none. Texts are valid during the call; "": none. */
typedef struct tstat_tls {
  size_t struct_size;
  uint64_t flow_number; /* as in tstat_flow */
  int64_t time;         /* ns */
  tstat_address client, server;
  uint16_t client_port, server_port;
  int answered;              /* the server's hello was seen */
  const char* server_name;   /* that the client asked for (SNI) */
  const char* common_name;   /* in the server's certificates */
  const char* resolved_name; /* that the client had resolved before */
  /* Offered and chosen protocols (docs/logs/codes.md, TLS negotiation), and how the session was
   * resumed (TLS sessions). */
  unsigned client_negotiation, server_negotiation, session;
  const char *client_versions, *server_version; /* with "compat" 3.3 */
} tstat_tls;

/* The result of the call-back is that of tstat_row_function. */
typedef int (*tstat_tls_function)(const tstat_tls* tls, void* user);
TSTAT_C_EXPORT int tstat_session_on_tls(tstat_session* session, tstat_tls_function function,
                                        void* user);

enum { TSTAT_TCP = 0, TSTAT_UDP = 1, TSTAT_NO_FLOW = -1 };

typedef struct tstat_flow {
  size_t struct_size;
  int protocol;    /* TSTAT_TCP, TSTAT_UDP */
  uint64_t number; /* of the flow; 0 before it has one */
  tstat_address client, server;
  uint16_t client_port, server_port;
  int client_internal, server_internal; /* of new flows */
  int64_t first, last;                  /* times of packets, ns */
  uint64_t packets;
} tstat_flow;

typedef int (*tstat_flow_function)(const tstat_flow* flow, void* user);

/* Asked of each new flow, with its true addresses: 1, it is wanted; 0, nothing of it is measured or
 * told. At most one function: a later call takes the place of the one before, NULL takes it away.
 */
TSTAT_C_EXPORT int tstat_session_filter_flows(tstat_session* session, tstat_flow_function function,
                                              void* user);

/* A packet and its flow at this moment, for dumps by rules of one's own: one for each packet with a
 * readable IP header, when all else has looked at it, before what else happens at its time. */
typedef struct tstat_flow_packet {
  size_t struct_size;
  int64_t time; /* ns */
  /* From the IP header on, as far as they were captured; valid during the call. With
   * "strict-anonymity" headers only, with images of the addresses; with "crypto-nets" as they are,
   * as in the packet dumps (docs/dumps.md). */
  const uint8_t* bytes;
  size_t captured_length;
  uint32_t ip_length; /* of the packet, by its IP header */
  int result;         /* TSTAT_PACKET_SHORT, ..., TSTAT_PACKET_COUNTED */
  /* Of its flow: TSTAT_TCP, TSTAT_UDP; TSTAT_NO_FLOW: it is in none, or was not measured, and all
   * below is 0. */
  int protocol;
  int from_server;      /* 0: the client sent it */
  uint64_t flow_number; /* as in tstat_flow */
  /* As the rows have it now: of TCP the bits of the column con_t, of UDP the sender's type (c_type,
   * s_type). */
  uint32_t type;
  tstat_address client, server; /* as rows show them */
  uint16_t client_port, server_port;
} tstat_flow_packet;

/* The result of the call-back is that of tstat_row_function. Every flow is classified then, which
 * costs as much as all logs do. */
typedef int (*tstat_flow_packet_function)(const tstat_flow_packet* packet, void* user);
TSTAT_C_EXPORT int tstat_session_on_flow_packet(tstat_session* session,
                                                tstat_flow_packet_function function, void* user);

/* ---- running ---- */

/* Reads the files that options name and opens outputs. All errors of options that were not found
 * earlier are those of this call: the session cannot be used then. Again: TSTAT_WRONG_STATE. */
TSTAT_C_EXPORT int tstat_session_start(tstat_session* session);

/* Reads a trace file (tstat(1) lists the formats), or "stdin", to its end. TSTAT_INVALID: it is no
 * trace, or a directory. TSTAT_DAMAGED, TSTAT_ABORTED: what could be read was analysed. With the
 * option "concatenate" flows go on in the next one, and end with tstat_session_finish(). */
TSTAT_C_EXPORT int tstat_session_run_trace(tstat_session* session, const char* path);
/* Two traces of one link, one a direction, as one: the first holds what internal hosts sent. */
TSTAT_C_EXPORT int tstat_session_run_pair(tstat_session* session, const char* first,
                                          const char* second);
/* Captures from the interface of the option "interface" until tstat_session_interrupt(). Needs the
 * option "live". */
TSTAT_C_EXPORT int tstat_session_run_live(tstat_session* session);

/* The run that is under way, or else the next one, ends as if the trace ended there, with
 * TSTAT_INTERRUPTED: after the packets that are in work, of a live capture after a second at most.
 * May be called from another thread and from signal handlers, as long as the session is not freed.
 * NULL is nothing. */
TSTAT_C_EXPORT void tstat_session_interrupt(tstat_session* session);

/* Packets of the caller. A trace begins (with the first packet, if it was not begun before), and
 * ends. `name` is that of its output directory with "output-by-trace"; of a trace
 * that was not begun it is "packets". */
enum {
  TSTAT_STREAM = 1,    /* output rotates */
  TSTAT_MORE_COMES = 2 /* with "concatenate": flows go on in the next trace */
};
TSTAT_C_EXPORT int tstat_session_begin_trace(tstat_session* session, const char* name,
                                             unsigned flags);
/* Without a trace nothing. */
TSTAT_C_EXPORT int tstat_session_end_trace(tstat_session* session);

/* Link types are libpcap's DLT_ values; these are the usual ones. */
enum {
  TSTAT_LINK_ETHERNET = 1,
  TSTAT_LINK_IP = 12, /* the packet begins with its IPv4 or IPv6 header */
  TSTAT_LINK_COOKED = 113
};

/* Where the ends of a packet lie, when the caller knows it. */
enum {
  TSTAT_ORIGIN_UNKNOWN = 0,         /* the lists of networks say it */
  TSTAT_ORIGIN_INTERNAL_SOURCE = 1, /* an internal host sent it to an external one */
  TSTAT_ORIGIN_EXTERNAL_SOURCE = 2,
  TSTAT_ORIGIN_INTERNAL_BOTH = 3,
  TSTAT_ORIGIN_EXTERNAL_BOTH = 4
};

typedef struct tstat_packet {
  size_t struct_size;
  int64_t time;     /* since the Unix epoch, ns; microseconds count */
  const void* data; /* from the link header on; needed during the call only */
  uint32_t captured_length;
  uint32_t original_length; /* on the wire; 0: nothing was cut off */
  int link_type;            /* TSTAT_LINK_ETHERNET, ... */
  int origin;               /* TSTAT_ORIGIN_UNKNOWN, ... */
} tstat_packet;

/* What became of a packet. */
enum {
  TSTAT_PACKET_NOT_TAKEN = 0,    /* the analysis has ended */
  TSTAT_PACKET_FILTERED = 1,     /* the options "filter" or "bpf" do not match it */
  TSTAT_PACKET_DROPPED = 2,      /* no IP packet that can be read */
  TSTAT_PACKET_SHORT = 3,        /* a header was not captured in full */
  TSTAT_PACKET_NOT_ANALYSED = 4, /* neither TCP nor UDP, or switched off */
  TSTAT_PACKET_NO_FLOW = 5,      /* of no known flow, and it opens none */
  TSTAT_PACKET_DUPLICATE = 6,    /* of the packet before it */
  TSTAT_PACKET_COUNTED = 7
};

/* `result` may be NULL. TSTAT_OUT_OF_RANGE: the time is before 1938 or after 2223, or 0 at the
 * start of a trace; the packet is not taken. Times may run back. */
TSTAT_C_EXPORT int tstat_session_feed(tstat_session* session, const tstat_packet* packet,
                                      int* result);
/* The same for an array, whose elements are `struct_size` of the first one apart: faster. `taken`,
 * if not NULL, is how many were handed on before the one that was refused, or all. */
TSTAT_C_EXPORT int tstat_session_feed_many(tstat_session* session, const tstat_packet* packets,
                                           size_t count, size_t* taken);

/* It is `time` (ns), and no packet came since the last one: flows that are idle and intervals end.
 * A time that is not later than all before does nothing. */
TSTAT_C_EXPORT int tstat_session_advance_time(tstat_session* session, int64_t time);
/* Goes on in a new log directory that `time` names. `name`, unless NULL, is that of the trace from
 * now on. TSTAT_OUT_OF_RANGE as tstat_session_feed(). */
TSTAT_C_EXPORT int tstat_session_new_output(tstat_session* session, int64_t time, const char* name);
/* Ends what is open, writes what is buffered. Returns the first problem that an output had in the
 * whole session. Again: nothing more. */
TSTAT_C_EXPORT int tstat_session_finish(tstat_session* session);

/* For sessions that last (docs/embedding.md): hands buffered rows to the system; tries again what
 * could not be written; reads a changed runtime.conf (needs "live" or "stream", and
 * "runtime-config"). */
TSTAT_C_EXPORT int tstat_session_flush(tstat_session* session);
TSTAT_C_EXPORT int tstat_session_retry(tstat_session* session, int64_t now);
TSTAT_C_EXPORT int tstat_session_reload(tstat_session* session, const char* path);

/* ---- what it knows ---- */

/* The next problem of an output since the last call: TSTAT_ABSENT when there is none, else its
 * status and `*text`. */
TSTAT_C_EXPORT int tstat_session_take_problem(tstat_session* session, const char** text);

/* "" when there is none, and for NULL. */
TSTAT_C_EXPORT const char* tstat_session_directory(tstat_session* session);
TSTAT_C_EXPORT const char* tstat_session_report(tstat_session* session); /* that of the command */

/* Numbers of the whole session by name: "ip_packets", "tcp_flows", "lost_rows", ...; times in ns.
 * 0 before it starts. */
TSTAT_C_EXPORT size_t tstat_statistic_count(void);
TSTAT_C_EXPORT const char* tstat_statistic_name(size_t index); /* NULL: there is none */
TSTAT_C_EXPORT int tstat_session_statistic(const tstat_session* session, const char* name,
                                           int64_t* value);
/* What was not analysed, by reason; reasons that occurred. TSTAT_NOT_FOUND after the last one. */
TSTAT_C_EXPORT int tstat_session_dropped(tstat_session* session, size_t index, const char** reason,
                                         uint64_t* packets);

/* Each open flow, TCP first, until the function returns something else than 0, which ends the
 * iteration with TSTAT_STOPPED, not the session. */
TSTAT_C_EXPORT int tstat_session_for_each_flow(tstat_session* session, tstat_flow_function function,
                                               void* user);
/* The key of the options "crypto-nets" and "strict-anonymity", given or made at random, as the
 * option "keybase64" and tstat-decrypt(1) read it: Base64, ended by NUL. Whoever has it can undo
 * what they do; it is in no other place when there is no output directory. TSTAT_INVALID: `size` is
 * below TSTAT_KEY_SIZE. TSTAT_WRONG_STATE: the session has not started. TSTAT_ABSENT: none is used.
 */
#define TSTAT_KEY_SIZE 45
TSTAT_C_EXPORT int tstat_session_key(const tstat_session* session, char* text, size_t size);

/* What the call-back that stopped the session returned; 0: none did. */
TSTAT_C_EXPORT int tstat_session_stop_value(const tstat_session* session);

#ifdef __cplusplus
} /* extern "C" */
#endif

#endif /* TSTAT_C_TSTAT_H_ */
