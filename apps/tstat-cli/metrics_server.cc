// SPDX-License-Identifier: BSD-3-Clause
#include "tstat-cli/metrics_server.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <pthread.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <cstring>
#include <string_view>
#include <utility>

#include "absl/strings/str_cat.h"
#include "loaded-library/loaded_library.h"

#ifdef TSTAT_LIBMICROHTTPD
#include <microhttpd.h>
#endif

namespace tstat::cli {

#ifdef TSTAT_LIBMICROHTTPD

namespace {

constexpr unsigned int kConnectionsAtMost = 32, kConnectionsOfAHost = 16, kTimeoutSeconds = 10;
constexpr size_t kMemoryOfAConnection = 16384;

struct HttpFunctions {
  decltype(&MHD_start_daemon) start = nullptr;
  decltype(&MHD_stop_daemon) stop = nullptr;
  decltype(&MHD_create_response_from_buffer) create = nullptr;
  decltype(&MHD_add_response_header) add_header = nullptr;
  decltype(&MHD_queue_response) queue = nullptr;
  decltype(&MHD_destroy_response) destroy = nullptr;
  bool is_loaded = false;
};

HttpFunctions LoadHttp() {
  HttpFunctions f;
  const LoadedLibrary library(TSTAT_LIBMICROHTTPD);
  f.is_loaded = library.Find("MHD_start_daemon", &f.start) &&
                library.Find("MHD_stop_daemon", &f.stop) &&
                library.Find("MHD_create_response_from_buffer", &f.create) &&
                library.Find("MHD_add_response_header", &f.add_header) &&
                library.Find("MHD_queue_response", &f.queue) &&
                library.Find("MHD_destroy_response", &f.destroy);
  return f;
}

// Loaded once.
const HttpFunctions& Http() {
  static const HttpFunctions functions = LoadHttp();
  return functions;
}

struct Reply {
  unsigned int status;
  std::string_view type;
  std::string text;
  bool is_get_needed = false;
};

constexpr std::string_view kPlain = "text/plain; charset=utf-8";

Reply ReplyTo(const MetricsServer& server, std::string_view path, std::string_view method) {
  if (method != "GET" && method != "HEAD") {
    return {MHD_HTTP_METHOD_NOT_ALLOWED, kPlain, "GET is what is answered\n", true};
  }
  if (path != "/metrics") {
    return {MHD_HTTP_NOT_FOUND, kPlain, "There is /metrics, and nothing else.\n"};
  }
  std::string text = server.text();
  if (text.empty()) return {MHD_HTTP_SERVICE_UNAVAILABLE, kPlain, "Nothing was counted yet.\n"};
  return {MHD_HTTP_OK, "text/plain; version=0.0.4; charset=utf-8", std::move(text)};
}

absl::Status ListenError(const std::string& address, uint16_t port) {
  return absl::ErrnoToStatus(
      errno, absl::StrCat("--metrics: cannot listen at ", address, ", port ", port));
}

// The socket, and its port.
absl::StatusOr<std::pair<int, uint16_t>> Listen(const std::string& address, uint16_t port) {
  sockaddr_storage storage{};
  auto* const v4 = reinterpret_cast<sockaddr_in*>(&storage);
  auto* const v6 = reinterpret_cast<sockaddr_in6*>(&storage);
  socklen_t size = 0;
  if (inet_pton(AF_INET, address.c_str(), &v4->sin_addr) == 1) {
    v4->sin_family = AF_INET;
    v4->sin_port = htons(port);
    size = sizeof *v4;
  } else if (inet_pton(AF_INET6, address.c_str(), &v6->sin6_addr) == 1) {
    v6->sin6_family = AF_INET6;
    v6->sin6_port = htons(port);
    size = sizeof *v6;
  } else {
    return absl::InvalidArgumentError(absl::StrCat(
        "--metrics: \"", address, "\" is no address (192.0.2.1, [2001:db8::1]; names are none)"));
  }
  const int descriptor = socket(storage.ss_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
  if (descriptor < 0) return ListenError(address, port);
  const int yes = 1;
  constexpr int kBacklog = 32;
  setsockopt(descriptor, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof yes);
  auto* const any = reinterpret_cast<sockaddr*>(&storage);
  if (bind(descriptor, any, size) != 0 || listen(descriptor, kBacklog) != 0 ||
      getsockname(descriptor, any, &size) != 0) {
    absl::Status status = ListenError(address, port);
    close(descriptor);
    return status;
  }
  return std::pair(descriptor, ntohs(storage.ss_family == AF_INET ? v4->sin_port : v6->sin6_port));
}

}  // namespace

struct MetricsServer::Daemon {
  Daemon(const HttpFunctions& functions, const MetricsServer* text_of)
      : http(functions), server(text_of) {}
  ~Daemon() {
    if (daemon != nullptr) http.stop(daemon);
  }
  Daemon(const Daemon&) = delete;
  Daemon& operator=(const Daemon&) = delete;

  static MHD_Result Answer(void* self, MHD_Connection* connection, const char* url,
                           const char* method, const char* version, const char* upload,
                           size_t* upload_bytes, void** state);

  const HttpFunctions& http;
  const MetricsServer* const server;
  MHD_Daemon* daemon = nullptr;  // runs
};

MHD_Result MetricsServer::Daemon::Answer(void* self, MHD_Connection* connection, const char* url,
                                         const char* method, const char* /*version*/,
                                         const char* /*upload*/, size_t* upload_bytes,
                                         void** state) {
  // A first call comes with the head, further ones with what is uploaded, which is not looked at.
  static char seen;
  if (*state == nullptr) {
    *state = &seen;
    return MHD_YES;
  }
  if (*upload_bytes != 0) {
    *upload_bytes = 0;
    return MHD_YES;
  }
  const Daemon& daemon = *static_cast<const Daemon*>(self);
  const HttpFunctions& http = daemon.http;
  Reply reply = ReplyTo(*daemon.server, url, method);
  MHD_Response* const response =
      http.create(reply.text.size(), reply.text.data(), MHD_RESPMEM_MUST_COPY);
  if (response == nullptr) return MHD_NO;
  http.add_header(response, MHD_HTTP_HEADER_CONTENT_TYPE, std::string(reply.type).c_str());
  if (reply.is_get_needed) http.add_header(response, MHD_HTTP_HEADER_ALLOW, "GET, HEAD");
  const MHD_Result result = http.queue(connection, reply.status, response);
  http.destroy(response);
  return result;
}

absl::StatusOr<std::unique_ptr<MetricsServer>> MetricsServer::Open(const std::string& address,
                                                                   uint16_t port) {
  const HttpFunctions& http = Http();
  if (!http.is_loaded) {
    return absl::UnimplementedError(absl::StrCat("--metrics needs ", TSTAT_LIBMICROHTTPD,
                                                 ", which this machine has not (libmicrohttpd12)"));
  }
  absl::StatusOr<std::pair<int, uint16_t>> listening = Listen(address, port);
  if (!listening.ok()) return listening.status();
  const bool is_v6 = address.find(':') != std::string::npos;
  std::unique_ptr<MetricsServer> server(new MetricsServer(
      listening->first, is_v6 ? absl::StrCat("[", address, "]") : address, listening->second));
  server->daemon_ = std::make_unique<Daemon>(http, server.get());
  return server;
}

absl::Status MetricsServer::Start() {
  if (descriptor_ < 0) {
    return absl::FailedPreconditionError("--metrics: was started before");
  }
  sigset_t all, before;
  sigfillset(&all);
  pthread_sigmask(SIG_SETMASK, &all, &before);
  daemon_->daemon = daemon_->http.start(
      MHD_USE_INTERNAL_POLLING_THREAD | MHD_USE_POLL, 0, nullptr, nullptr, &Daemon::Answer,
      daemon_.get(), MHD_OPTION_LISTEN_SOCKET, descriptor_, MHD_OPTION_CONNECTION_LIMIT,
      kConnectionsAtMost, MHD_OPTION_PER_IP_CONNECTION_LIMIT, kConnectionsOfAHost,
      MHD_OPTION_CONNECTION_TIMEOUT, kTimeoutSeconds, MHD_OPTION_CONNECTION_MEMORY_LIMIT,
      kMemoryOfAConnection, MHD_OPTION_END);
  const int error = errno;
  pthread_sigmask(SIG_SETMASK, &before, nullptr);
  if (daemon_->daemon == nullptr) {
    return absl::ErrnoToStatus(error, "--metrics: no thread that answers");
  }
  descriptor_ = -1;  // the daemon's
  return absl::OkStatus();
}

#else

struct MetricsServer::Daemon {};

absl::StatusOr<std::unique_ptr<MetricsServer>> MetricsServer::Open(const std::string&, uint16_t) {
  return absl::UnimplementedError(
      "--metrics: this tstat was built without libmicrohttpd (TSTAT_WITH_MICROHTTPD)");
}
absl::Status MetricsServer::Start() { return absl::UnimplementedError("no listener"); }

#endif

MetricsServer::MetricsServer(int descriptor, std::string host, uint16_t port)
    : descriptor_(descriptor), host_(std::move(host)), port_(port) {}

MetricsServer::~MetricsServer() {
  daemon_.reset();
  if (descriptor_ >= 0) close(descriptor_);
}

std::string MetricsServer::url() const {
  return absl::StrCat("http://", host_, ":", port_, "/metrics");
}

void MetricsServer::Publish(std::string text) {
  const std::scoped_lock lock(mutex_);
  text_ = std::move(text);
}

std::string MetricsServer::text() const {
  const std::scoped_lock lock(mutex_);
  return text_;
}

}  // namespace tstat::cli
