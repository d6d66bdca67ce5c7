// SPDX-License-Identifier: BSD-3-Clause
#include "tstat-ship/netsage.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <ctime>
#include <deque>
#include <filesystem>
#include <set>
#include <system_error>
#include <utility>

#include "absl/strings/str_cat.h"
#include "tstat-ship/export_text.h"

namespace tstat::ship {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view kSessionSuffix = ".out";
constexpr std::string_view kMarkText = "processed";
constexpr uint64_t kMostBrokerPort = 65535, kMostHeartbeat = 65535;
constexpr uint16_t kTlsPort = 5671;

constexpr std::string_view kRabbitKeys[] = {"host",     "port",     "username", "password",
                                            "use_ssl",  "vhost",    "queue",    "routing_key",
                                            "exchange", "heartbeat"};
constexpr std::string_view kQueueKeys[] = {"durable", "passive", "exclusive", "auto_delete"};
constexpr std::string_view kSslKeys[] = {"keyfile",   "certfile",    "ca_certs",
                                         "cert_reqs", "ssl_version", "ciphers"};
constexpr std::string_view kRabbit = "rabbit", kQueueOptions = "rabbit_queue_options",
                           kSslOptions = "ssl_options";
constexpr SectionRule kNetsageSections[] = {
    {kRabbit, kRabbitKeys}, {kQueueOptions, kQueueKeys}, {kSslOptions, kSslKeys}};

absl::Status ReadRabbit(const Settings& settings, NetsageConfig* config) {
  config->host = settings.Get(kRabbit, "host", config->host);
  config->user = settings.Get(kRabbit, "username", config->user);
  config->password = settings.Get(kRabbit, "password", config->password);
  config->vhost = settings.Get(kRabbit, "vhost", config->vhost);
  config->queue = settings.Get(kRabbit, "queue", config->queue);
  config->routing_key = settings.Get(kRabbit, "routing_key", config->routing_key);
  config->exchange = settings.Get(kRabbit, "exchange", config->exchange);
  const absl::StatusOr<std::string> tls = settings.GetYesOrNo(kRabbit, "use_ssl", "no");
  if (!tls.ok()) return tls.status();
  config->uses_tls = *tls == "yes";
  const absl::StatusOr<uint64_t> port = settings.GetNumber(
      kRabbit, "port", config->uses_tls ? kTlsPort : config->port, 1, kMostBrokerPort);
  if (!port.ok()) return port.status();
  config->port = static_cast<uint16_t>(*port);
  const absl::StatusOr<uint64_t> heartbeat =
      settings.GetNumber(kRabbit, "heartbeat", config->heartbeat_s, 0, kMostHeartbeat);
  if (!heartbeat.ok()) return heartbeat.status();
  config->heartbeat_s = *heartbeat;
  return absl::OkStatus();
}

void DescribeExport(const NetsageConfig& config, const NetsageOptions& netsage, ExportText* text) {
  for (const auto& [name, value] :
       {std::pair<std::string_view, const std::string&>("threshold", netsage.threshold),
        {"sensor", netsage.sensor},
        {"instance", netsage.instance},
        {"queue", config.queue},
        {"routing_key", config.routing_key},
        {"exchange", config.exchange},
        {"ca", config.authorities},
        {"cert", config.certificate},
        {"key", config.key}}) {
    if (!value.empty()) text->Add(name, value);
  }
  for (const auto& [name, value] : config.queue_options) text->Add(name, value);
  text->Add("heartbeat", absl::StrCat(config.heartbeat_s));
  text->Add("user", config.user);
  text->AddSecret("password", config.password);
}

// Sessions on their way, and their marks.
class NetsageRun {
 public:
  NetsageRun(const std::vector<std::string>& roots, const NetsageOptions& netsage,
             const ShipmentOptions& options, Shipment* shipment, const Teller& tell)
      : roots_(roots),
        netsage_(netsage),
        follows_(options.follows),
        stop_(*options.stop),
        patience_(options.patience),
        shipment_(*shipment),
        tell_(tell) {}

  absl::Status Run() {
    do {
      if (absl::Status status = ReadSessions(); !status.ok()) return status;
      const auto until =
          std::chrono::steady_clock::now() + (follows_ ? netsage_.search_interval : patience_);
      MarkUntil(until);
    } while (follows_ && !stop_.load());
    return absl::OkStatus();
  }

  bool all_read() const { return all_read_; }
  // Sessions that have no mark, because messages wait or not all of a log could be read.
  size_t unmarked() const { return read_.size() + told_incomplete_.size(); }

 private:
  struct ReadSession {
    std::string path;
    uint64_t last_batch = 0;  // with messages of it, or of others before it
  };

  bool IsWaitedFor(const std::string& path) const {
    return std::any_of(read_.begin(), read_.end(),
                       [&path](const auto& session) { return session.path == path; });
  }

  absl::Status ReadSessions() {
    const auto now_s = static_cast<int64_t>(std::time(nullptr));
    for (const Session& session : SessionsOf(roots_, tell_, &all_read_)) {
      if (stop_.load()) break;
      if (!IsNetsageSession(session) || IsMarked(session.path) || IsWaitedFor(session.path) ||
          !IsFinished(session, netsage_, now_s)) {
        continue;
      }
      const LogFile* incomplete = nullptr;
      for (const Log log : {Log::kTcpComplete, Log::kUdpComplete}) {
        for (const LogFile& file : session.logs) {
          if (file.log != log) continue;
          if (absl::Status status = shipment_.Read(file); !status.ok()) return status;
          if (!shipment_.HasAllOf(file)) incomplete = &file;
        }
      }
      // Half read: it comes again.
      if (stop_.load()) break;
      if (absl::Status status = shipment_.Flush(); !status.ok()) return status;
      if (incomplete != nullptr) {
        TellIncomplete(session.path, incomplete->path);
        continue;
      }
      told_incomplete_.erase(session.path);
      read_.push_back({.path = session.path, .last_batch = shipment_.last_batch()});
      MarkSettled();
    }
    return absl::OkStatus();
  }

  void TellIncomplete(const std::string& session, const std::string& log) {
    if (!told_incomplete_.insert(session).second) return;
    tell_(absl::StrCat(session, ": has no mark, as not all of ", log, " was read"));
  }

  void MarkSettled() {
    if (read_.empty()) return;
    // What the broker refused is not delivered, and somebody has to look at it.
    if (shipment_.statistics().destination.dead_letter_bytes > 0) {
      if (!std::exchange(has_told_refused_, true)) {
        tell_(absl::StrCat(shipment_.spool(),
                           "/dead-letters: has refused messages; sessions are marked again when "
                           "it was taken away, and this program started anew"));
      }
      return;
    }
    const uint64_t settled = shipment_.settled_batch();
    while (!read_.empty() && read_.front().last_batch <= settled) {
      if (absl::Status status = Mark(read_.front().path); !status.ok()) {
        tell_(std::string(status.message()));
      }
      read_.pop_front();
    }
  }

  void MarkUntil(std::chrono::steady_clock::time_point end) {
    MarkSettled();
    while (!stop_.load() && std::chrono::steady_clock::now() < end &&
           (follows_ || !read_.empty())) {
      Watcher::Options pause{.uses_inotify = false, .interval = {}, .poll_interval = {}};
      pause.poll_interval = std::chrono::milliseconds(20);
      if (follows_ && read_.empty()) pause.poll_interval = std::chrono::milliseconds(500);
      (void)Watcher(pause).Wait(stop_);
      MarkSettled();
    }
  }

  const std::vector<std::string>& roots_;
  const NetsageOptions& netsage_;
  const bool follows_;
  const std::atomic<bool>& stop_;
  const std::chrono::seconds patience_;
  Shipment& shipment_;
  const Teller& tell_;
  std::deque<ReadSession> read_;  // and not yet marked
  std::set<std::string> told_incomplete_;
  bool all_read_ = true, has_told_refused_ = false;
};

}  // namespace

absl::StatusOr<NetsageConfig> ReadNetsageConfig(const std::string& path) {
  const absl::StatusOr<Settings> settings = ReadSettings(path, kNetsageSections);
  if (!settings.ok()) return settings.status();
  if (settings->IsLiteral(kRabbit, "password") && !settings->is_private()) {
    return NotPrivate(path);
  }
  NetsageConfig config;
  if (absl::Status status = ReadRabbit(*settings, &config); !status.ok()) return status;
  for (const std::string_view name : kQueueKeys) {
    if (!settings->Has(kQueueOptions, name)) continue;
    const absl::StatusOr<std::string> value = settings->GetYesOrNo(kQueueOptions, name, "no");
    if (!value.ok()) return value.status();
    config.queue_options.emplace_back(name, *value);
  }
  config.key = settings->Get(kSslOptions, "keyfile");
  config.certificate = settings->Get(kSslOptions, "certfile");
  config.authorities = settings->Get(kSslOptions, "ca_certs");
  for (const std::string_view name : {"cert_reqs", "ssl_version", "ciphers"}) {
    if (!settings->Has(kSslOptions, name)) continue;
    config.notes.push_back(
        absl::StrCat(path, ": ", std::string(name),
                     " has no effect: certificates are always checked, and TLS is 1.2 or newer"));
  }
  return config;
}

bool IsNetsageSession(const Session& session) {
  return std::string_view(session.path).ends_with(kSessionSuffix) &&
         std::any_of(session.logs.begin(), session.logs.end(), [](const LogFile& file) {
           return file.log == Log::kTcpComplete || file.log == Log::kUdpComplete;
         });
}

bool IsFinished(const Session& session, const NetsageOptions& options, int64_t now_s) {
  if (options.min_age.count() == 0) return true;
  const int64_t age = now_s - session.changed_s;
  return age >= options.min_age.count() + (session.is_newest ? options.newest_age.count() : 0);
}

bool IsMarked(const std::string& directory) {
  struct stat info {};
  return lstat(absl::StrCat(directory, "/", kProcessedMark).c_str(), &info) == 0 &&
         S_ISREG(info.st_mode);
}

absl::Status Mark(const std::string& directory) {
  const std::string path = absl::StrCat(directory, "/", kProcessedMark);
  const std::string temporary = path + ".new";
  const int fd = open(temporary.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW,
                      S_IRUSR | S_IWUSR | S_IRGRP | S_IROTH);
  if (fd < 0) return absl::ErrnoToStatus(errno, temporary);
  const bool is_written =
      write(fd, kMarkText.data(), kMarkText.size()) == static_cast<ssize_t>(kMarkText.size());
  const int error = errno;
  close(fd);
  if (!is_written) return absl::ErrnoToStatus(error, temporary);
  if (std::rename(temporary.c_str(), path.c_str()) != 0) return absl::ErrnoToStatus(errno, path);
  return absl::OkStatus();
}

int RunNetsage(const NetsageConfig& config, const std::vector<std::string>& roots,
               const NetsageOptions& netsage, ShipmentOptions options, const Teller& tell) {
  for (const std::string& note : config.notes) tell(note);
  ExportText text("netsage",
                  absl::StrCat(config.uses_tls ? "amqps" : "amqp", "://", UrlHost(config.host), ":",
                               config.port, "/", PercentEncoded(config.vhost)));
  DescribeExport(config, netsage, &text);
  options.text = text.text();
  const ShipmentOptions kept = options;
  absl::StatusOr<std::unique_ptr<Shipment>> shipment = Shipment::Open(std::move(options));
  absl::Status status = shipment.status();
  if (status.ok()) status = (*shipment)->Start();
  if (!status.ok()) return tell(std::string(status.message())), 1;
  NetsageRun run(roots, netsage, kept, shipment->get(), tell);
  status = run.Run();
  if (!status.ok()) tell(std::string(status.message()));
  (*shipment)->Close(std::chrono::seconds(1));
  const DestinationStatistics sent = (*shipment)->statistics().destination;
  if (sent.queued_batches > 0) {
    tell(absl::StrCat(sent.queued_batches, " messages wait in ", (*shipment)->spool()));
  }
  const bool is_done = status.ok() && run.all_read() && sent.queued_batches == 0;
  return is_done && (kept.follows || run.unmarked() == 0) ? 0 : 1;
}

int Cull(const std::vector<std::string>& roots, std::chrono::hours age, const Teller& tell) {
  const auto now_s = static_cast<int64_t>(std::time(nullptr));
  bool all_read = true;
  for (const Session& session : SessionsOf(roots, tell, &all_read)) {
    struct stat info {};
    const std::string mark = absl::StrCat(session.path, "/", kProcessedMark);
    if (!IsNetsageSession(session) || !IsMarked(session.path) || stat(mark.c_str(), &info) != 0 ||
        now_s - info.st_mtim.tv_sec < std::chrono::seconds(age).count()) {
      continue;
    }
    std::error_code error;
    fs::remove_all(session.path, error);
    if (!error) continue;
    tell(absl::StrCat(session.path, ": ", error.message()));
    all_read = false;
  }
  return all_read ? 0 : 1;
}

}  // namespace tstat::ship
