// SPDX-License-Identifier: BSD-3-Clause
#include "output/destinations/registry.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <ctime>
#include <filesystem>
#include <limits>
#include <span>
#include <utility>
#include <vector>

#include "absl/strings/ascii.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_split.h"
#include "output/destinations/amqp_destination.h"
#include "output/destinations/dead_letters.h"
#include "output/destinations/file_destination.h"
#include "output/destinations/http_destination.h"
#include "output/destinations/ipfix_destinations.h"
#include "output/destinations/ipfix_session.h"
#include "output/destinations/kafka_destination.h"
#include "output/destinations/option_reader.h"
#include "output/destinations/parquet_destination.h"
#include "output/destinations/secret.h"
#include "output/destinations/stream_destinations.h"
#include "output/destinations/url.h"
#include "output/files.h"

namespace tstat::internal {
namespace {

constexpr std::string_view kAllowedAddresses =
    "\"-\" (standard output), a file's path, unix:PATH, http://, https://, amqp://, amqps://, "
    "kafka://, kafkas://, tcp:// or udp://";

using Made = absl::StatusOr<std::unique_ptr<Destination>>;

// What no time would mend. Nothing is opened: it may be a pipe.
absl::Status CheckPlaceOf(const std::string& path) {
  std::string folder = std::filesystem::path(path).parent_path();
  if (folder.empty()) folder = ".";
  const auto told = [](const std::string& name, const absl::Status& status) {
    return absl::Status(status.code(), absl::StrCat(CleanText(name), ": ", status.message()));
  };
  struct stat info {};
  if (stat(folder.c_str(), &info) != 0) return told(folder, ErrnoStatus(errno));
  if (!S_ISDIR(info.st_mode)) return told(folder, ErrnoStatus(ENOTDIR));
  if (lstat(path.c_str(), &info) != 0) return absl::OkStatus();
  if (S_ISDIR(info.st_mode)) return told(path, ErrnoStatus(EISDIR));
  if (S_ISLNK(info.st_mode)) {
    return told(path, absl::InvalidArgumentError("is a symbolic link, which is not followed"));
  }
  return absl::OkStatus();
}

Made OpenFileAt(std::string_view path, DestinationOptionReader& options) {
  FileDestinationOptions file;
  file.path = path;
  options.Bytes("rotate_bytes", &file.rotate_bytes);
  options.Time("rotate_time", &file.rotate_seconds);
  options.Number("keep", &file.keep);
  options.AtLeastOne("rotate_bytes", file.rotate_bytes);
  options.AtLeastOne("rotate_time", static_cast<uint64_t>(file.rotate_seconds));
  options.AtLeastOne("keep", file.keep);
  absl::Status status = options.End("a file");
  if (!status.ok()) return status;
  if (path.empty() || path.ends_with('/') || path.find('\0') != std::string_view::npos) {
    return absl::InvalidArgumentError(absl::StrCat("\"", CleanText(path),
                                                   "\" is no path of a file; allowed are ",
                                                   std::string(kAllowedAddresses)));
  }
  if (status = CheckPlaceOf(file.path); !status.ok()) return status;
  return MakeFileDestination(file, [] { return static_cast<int64_t>(std::time(nullptr)); });
}

// A directory that is there, or can be made.
absl::Status CheckDirectory(const std::string& path) {
  const auto told = [](const std::string& name, int error) {
    const absl::Status status = ErrnoStatus(error);
    return absl::Status(status.code(), absl::StrCat(CleanText(name), ": ", status.message()));
  };
  struct stat info {};
  std::string present = path;
  if (stat(path.c_str(), &info) != 0) {
    if (errno != ENOENT) return told(path, errno);
    present = std::filesystem::path(path).parent_path();
    if (present.empty()) present = ".";
    if (stat(present.c_str(), &info) != 0) return told(present, errno);
  }
  if (!S_ISDIR(info.st_mode)) return told(present, ENOTDIR);
  return access(present.c_str(), W_OK | X_OK) == 0 ? absl::OkStatus() : told(present, errno);
}

Made OpenParquet(std::string_view path, DestinationOptionReader& options) {
  absl::Status status = options.End("a directory of Parquet files");
  if (!status.ok()) return status;
  while (path.size() > 1 && path.ends_with('/')) path.remove_suffix(1);
  const bool is_url = path.find("://") != std::string_view::npos;
  if (path.empty() || path == "-" || is_url || path.find('\0') != std::string_view::npos) {
    return absl::InvalidArgumentError(
        absl::StrCat("\"", CleanText(path), "\" is no directory, which Parquet files are put in"));
  }
  if (status = CheckDirectory(std::string(path)); !status.ok()) return status;
  return MakeParquetDestination(std::string(path));
}

Made OpenStdout(std::string_view /*address*/, DestinationOptionReader& options) {
  absl::Status status = options.End("standard output");
  if (!status.ok()) return status;
  return MakeStdoutDestination();
}

Made OpenUnix(std::string_view path, DestinationOptionReader& options) {
  absl::Status status = options.End("a socket");
  if (!status.ok()) return status;
  return MakeUnixDestination(std::string(path));
}

// "Name: value" lines.
absl::Status ReadHeaders(const std::string& text, std::vector<std::string>* headers) {
  for (const absl::string_view line : absl::StrSplit(text, '\n', absl::SkipWhitespace())) {
    const absl::string_view stripped = absl::StripAsciiWhitespace(line);
    const size_t colon = stripped.find(':');
    if (colon == 0 || colon == absl::string_view::npos) {
      return absl::InvalidArgumentError("each line must be \"Name: value\"");
    }
    headers->emplace_back(stripped);
  }
  return absl::OkStatus();
}

Made OpenHttp(std::string_view address, DestinationOptionReader& options) {
  HttpDestinationOptions http;
  absl::StatusOr<DestinationUrl> url = DestinationUrl::Parse(address);
  if (!url.ok()) return url.status();
  http.url = *std::move(url);
  std::string token, token_type = "Bearer", headers;
  options.Text("user", &http.user);
  options.Secret("password", &http.password);
  options.Secret("token", &token);
  options.Text("token_type", &token_type);
  options.Secret("headers", &headers);
  options.File("ca", &http.ca);
  options.File("cert", &http.certificate);
  options.File("key", &http.key);
  options.Time("timeout", &http.timeout);
  options.Time("connect_timeout", &http.connect_timeout);
  if (options.Has("user") != options.Has("password")) {
    options.Note("user", absl::InvalidArgumentError("user and password belong together"));
  }
  const auto has_control = [](const std::string& text) {
    return std::any_of(text.begin(), text.end(),
                       [](unsigned char c) { return absl::ascii_iscntrl(c); });
  };
  if (has_control(token)) {
    options.Note("token", absl::InvalidArgumentError("it must be one line"));
  }
  if (!std::all_of(token_type.begin(), token_type.end(),
                   [](unsigned char c) { return absl::ascii_isalnum(c); })) {
    options.Note("token_type", absl::InvalidArgumentError("must be one word: Bearer, Token"));
  }
  if (!token.empty()) http.headers.push_back("Authorization: " + token_type + " " + token);
  if (absl::Status read = ReadHeaders(headers, &http.headers); !read.ok()) {
    options.Note("headers", read);
  }
  absl::Status status = options.End(http.url.scheme);
  if (!status.ok()) return status;
  return MakeHttpDestination(std::move(http));
}

Made OpenAmqp(std::string_view address, DestinationOptionReader& options) {
  absl::StatusOr<DestinationUrl> url = DestinationUrl::Parse(address);
  if (!url.ok()) return url.status();
  AmqpDestinationOptions amqp;
  amqp.tls = url->scheme == "amqps";
  amqp.host = url->host;
  amqp.port = url->port != 0 ? url->port : amqp.tls ? 5671 : 5672;
  if (url->path.size() > 1) {
    absl::StatusOr<std::string> vhost = PercentDecoded(std::string_view(url->path).substr(1));
    if (!vhost.ok()) return vhost.status();
    amqp.vhost = *std::move(vhost);
  }
  if (!url->query.empty()) {
    return absl::InvalidArgumentError(
        absl::StrCat(url->Name(), ": amqp has no query, but options"));
  }
  options.Text("queue", &amqp.queue);
  options.Text("routing_key", &amqp.routing_key);
  options.Text("exchange", &amqp.exchange);
  options.Text("user", &amqp.user);
  options.Secret("password", &amqp.password);
  options.Time("heartbeat", &amqp.heartbeat);
  options.YesOrNo("passive", &amqp.passive);
  options.YesOrNo("durable", &amqp.durable);
  options.YesOrNo("exclusive", &amqp.exclusive);
  options.YesOrNo("auto_delete", &amqp.auto_delete);
  options.YesOrNo("persistent", &amqp.persistent);
  options.File("ca", &amqp.ca);
  options.File("cert", &amqp.certificate);
  options.File("key", &amqp.key);
  options.Time("timeout", &amqp.timeout);
  options.Time("connect_timeout", &amqp.connect_timeout);
  // That of guest is known.
  if (options.Has("user") && !options.Has("password") && amqp.user != "guest") {
    options.Note("user", absl::InvalidArgumentError("user and password belong together"));
  }
  if (amqp.queue.empty() && amqp.routing_key.empty()) {
    options.Note("queue", absl::InvalidArgumentError("queue or routing_key must be given"));
  }
  if (amqp.certificate.empty() != amqp.key.empty()) {
    options.Note("cert", absl::InvalidArgumentError("cert and key belong together"));
  }
  absl::Status status = options.End(url->scheme);
  if (!status.ok()) return status;
  return MakeAmqpDestination(std::move(amqp));
}

// "kafka://HOST:PORT,HOST:PORT/TOPIC"
absl::Status ReadKafkaAddress(std::string_view address, KafkaDestinationOptions* kafka) {
  const size_t begin = address.find("://") + 3;
  const std::string scheme = absl::AsciiStrToLower(std::string(address.substr(0, begin)));
  kafka->tls = scheme == "kafkas://";
  const size_t end = std::min(address.find_first_of("/?", begin), address.size());
  for (const absl::string_view broker :
       absl::StrSplit(std::string(address.substr(begin, end - begin)), ',')) {
    const absl::StatusOr<DestinationUrl> url = DestinationUrl::Parse(absl::StrCat(scheme, broker));
    if (!url.ok()) return url.status();
    constexpr uint16_t kPort = 9092, kTlsPort = 9093;
    const bool is_ipv6 = url->host.find(':') != std::string::npos;
    absl::StrAppend(&kafka->brokers, kafka->brokers.empty() ? "" : ",", is_ipv6 ? "[" : "",
                    url->host, is_ipv6 ? "]:" : ":",
                    url->port != 0 ? url->port
                    : kafka->tls   ? kTlsPort
                                   : kPort);
  }
  kafka->topic = address.substr(std::min(end + 1, address.size()));
  constexpr size_t kMostTopic = 249;
  const bool is_topic = !kafka->topic.empty() && kafka->topic.size() <= kMostTopic &&
                        kafka->topic != "." && kafka->topic != ".." &&
                        std::all_of(kafka->topic.begin(), kafka->topic.end(), [](unsigned char c) {
                          return absl::ascii_isalnum(c) || c == '.' || c == '_' || c == '-';
                        });
  return is_topic ? absl::OkStatus()
                  : absl::InvalidArgumentError(
                        absl::StrCat("\"", CleanText(kafka->topic),
                                     "\" is no topic, which stands behind the "
                                     "brokers: ",
                                     scheme,
                                     "HOST:PORT,HOST:PORT/TOPIC; topics have 1 to 249 "
                                     "letters, digits, \".\", \"_\" or \"-\""));
}

Made OpenKafka(std::string_view address, DestinationOptionReader& options) {
  KafkaDestinationOptions kafka;
  if (absl::Status status = ReadKafkaAddress(address, &kafka); !status.ok()) return status;
  options.Text("user", &kafka.user);
  options.Secret("password", &kafka.password);
  options.OneOf("mechanism", kKafkaMechanisms, &kafka.mechanism);
  options.OneOf("compression", kKafkaCompressions, &kafka.compression);
  options.Bytes("message_bytes", &kafka.message_bytes);
  options.File("ca", &kafka.ca);
  options.File("cert", &kafka.certificate);
  options.File("key", &kafka.key);
  options.Time("timeout", &kafka.timeout);
  options.Time("connect_timeout", &kafka.connect_timeout);
  if (options.Has("user") != options.Has("password")) {
    options.Note("user", absl::InvalidArgumentError("user and password belong together"));
  }
  if (kafka.certificate.empty() != kafka.key.empty()) {
    options.Note("cert", absl::InvalidArgumentError("cert and key belong together"));
  }
  if (!kafka.tls && (options.Has("ca") || options.Has("cert"))) {
    options.Note("ca", absl::InvalidArgumentError("certificates are for kafkas://"));
  }
  absl::Status status = options.End(kafka.tls ? "kafkas" : "kafka");
  if (!status.ok()) return status;
  return MakeKafkaDestination(std::move(kafka));
}

// SCHEME://HOST[:PORT], and no more.
absl::StatusOr<IpfixAddress> ParseIpfixAddress(std::string_view address) {
  absl::StatusOr<DestinationUrl> url = DestinationUrl::Parse(address);
  if (!url.ok()) return url.status();
  if (url->path.size() > 1 || !url->query.empty()) {
    return absl::InvalidArgumentError(
        absl::StrCat(url->Name(), ": ", url->scheme, " has neither path nor query"));
  }
  return IpfixAddress{.name = absl::StrCat(url->scheme, "://", url->Authority()),
                      .host = url->host,
                      .port = url->port != 0 ? url->port : kIpfixPort};
}

Made OpenIpfixTcp(std::string_view text, DestinationOptionReader& options) {
  absl::StatusOr<IpfixAddress> address = ParseIpfixAddress(text);
  if (!address.ok()) return address.status();
  IpfixTcpOptions tcp;
  tcp.address = *std::move(address);
  options.Time("timeout", &tcp.timeout);
  options.Time("connect_timeout", &tcp.connect_timeout);
  if (absl::Status status = options.End("tcp"); !status.ok()) return status;
  return MakeIpfixTcpDestination(std::move(tcp));
}

Made OpenIpfixUdp(std::string_view text, DestinationOptionReader& options) {
  absl::StatusOr<IpfixAddress> address = ParseIpfixAddress(text);
  if (!address.ok()) return address.status();
  IpfixUdpOptions udp;
  udp.address = *std::move(address);
  options.Time("refresh", &udp.refresh);
  options.Bytes("mtu", &udp.mtu);
  options.Bytes("rate", &udp.rate);
  constexpr uint64_t kLeastMtu = 576, kMostMtu = 65535, kLeastRate = 10000;
  if (udp.mtu < kLeastMtu || udp.mtu > kMostMtu) {
    options.Note("mtu", absl::InvalidArgumentError(absl::StrCat(
                            udp.mtu, " is out of range: ", kLeastMtu, " to ", kMostMtu)));
  }
  if (udp.rate < kLeastRate) {
    options.Note("rate", absl::InvalidArgumentError(
                             absl::StrCat("at least ", kLeastRate, " bytes a second")));
  }
  if (absl::Status status = options.End("udp"); !status.ok()) return status;
  return MakeIpfixUdpDestination(std::move(udp));
}

struct Scheme {
  std::string_view prefix;
  bool is_url;  // the prefix is part of what is opened
  Made (*open)(std::string_view address, DestinationOptionReader& options);
};
constexpr Scheme kSchemes[] = {
    {"unix:", false, &OpenUnix},     {"file:", false, &OpenFileAt},
    {"http://", true, &OpenHttp},    {"https://", true, &OpenHttp},
    {"amqp://", true, &OpenAmqp},    {"amqps://", true, &OpenAmqp},
    {"kafka://", true, &OpenKafka},  {"kafkas://", true, &OpenKafka},
    {"tcp://", true, &OpenIpfixTcp}, {"udp://", true, &OpenIpfixUdp},
};

struct Unit {
  char letter;
  uint64_t factor;
};
constexpr Unit kByteUnits[] = {{'k', uint64_t{1} << 10},
                               {'K', uint64_t{1} << 10},
                               {'M', uint64_t{1} << 20},
                               {'G', uint64_t{1} << 30}};
constexpr Unit kTimeUnits[] = {{'s', 1}, {'m', 60}, {'h', 3600}, {'d', 86400}};

// A number and at most one letter.
bool ParseWithUnit(const std::string& text, std::span<const Unit> units, uint64_t most,
                   uint64_t* value) {
  uint64_t factor = 1;
  std::string digits = text;
  for (const Unit& unit : units) {
    if (text.empty() || text.back() != unit.letter) continue;
    factor = unit.factor;
    digits.pop_back();
  }
  const bool is_number =
      !digits.empty() && std::all_of(digits.begin(), digits.end(),
                                     [](unsigned char c) { return absl::ascii_isdigit(c); });
  if (!is_number || !absl::SimpleAtoi(digits, value) || *value > most / factor) return false;
  *value *= factor;
  return true;
}

}  // namespace

absl::StatusOr<uint64_t> ParseByteCount(const std::string& text) {
  uint64_t bytes = 0;
  if (ParseWithUnit(text, kByteUnits, uint64_t{1} << 50, &bytes)) return bytes;
  return absl::InvalidArgumentError(
      absl::StrCat("\"", CleanText(text), "\" is no size; sizes are 4096, 64k, 100M, 2G"));
}

absl::StatusOr<int64_t> ParseSeconds(const std::string& text) {
  constexpr uint64_t kMostSeconds = uint64_t{86400} * 3660;
  uint64_t seconds = 0;
  if (ParseWithUnit(text, kTimeUnits, kMostSeconds, &seconds)) return static_cast<int64_t>(seconds);
  return absl::InvalidArgumentError(
      absl::StrCat("\"", CleanText(text), "\" is no time; times are 30, 30s, 10m, 1h, 1d"));
}

absl::StatusOr<std::unique_ptr<Destination>> OpenDestination(std::string_view address,
                                                             const DestinationOptionMap& options,
                                                             std::string_view others) {
  DestinationOptionReader reader(options, others);
  if (address.starts_with(kParquetScheme)) {
    return OpenParquet(address.substr(kParquetScheme.size()), reader);
  }
  if (address == "-") return OpenStdout(address, reader);
  for (const Scheme& scheme : kSchemes) {
    const std::string begin =
        absl::AsciiStrToLower(std::string(address.substr(0, scheme.prefix.size())));
    if (begin != scheme.prefix) continue;
    return scheme.open(scheme.is_url ? address : address.substr(scheme.prefix.size()), reader);
  }
  if (const size_t colon = address.find("://"); colon != std::string_view::npos) {
    return absl::InvalidArgumentError(absl::StrCat("\"", CleanText(address.substr(0, colon)),
                                                   "\" is no kind of destination; allowed are ",
                                                   std::string(kAllowedAddresses)));
  }
  return OpenFileAt(address, reader);
}

}  // namespace tstat::internal
