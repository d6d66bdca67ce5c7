// SPDX-License-Identifier: BSD-3-Clause
//
// The viewer's settings: /etc/tstat/rrd-cgi.conf, or the file that TSTAT_RRD_CGI_CONF names.
// Lines "key = value"; a line that begins with '#' is a comment.
#ifndef TSTAT_RRD_CGI_CONFIGURATION_H_
#define TSTAT_RRD_CGI_CONFIGURATION_H_

#include <array>
#include <cstddef>
#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"

namespace tstat::viewer {

inline constexpr char kConfigurationFile[] = "/etc/tstat/rrd-cgi.conf";
inline constexpr char kConfigurationVariable[] = "TSTAT_RRD_CGI_CONF";
// What `gallery_entries` may be at most.
inline constexpr size_t kMaxGalleryEntries = 1000;

inline constexpr int kMaxProcesses = 64;
inline constexpr int kMaxRequests = 1000000;
inline constexpr int kMaxTimeLimit = 3600;

// Addresses with the same first bits. IPv4 ones are kept as ::ffff:a.b.c.d.
struct AddressRange {
  std::array<uint8_t, 16> address{};
  int bits = 128;
};

struct Configuration {
  std::string data_root = "rrd_data";       // the databases
  std::string image_dir = "rrd_images";     // pictures that were drawn, and the list of traces
  std::string gallery_dir = "rrd_gallery";  // kept graphs
  std::string title = "Tstat";              // in the head of each page
  std::vector<AddressRange> trusted;        // clients that see traces whose names begin with "test"
  uint64_t cache_size = uint64_t{64} << 20;  // bytes of all pictures
  bool sandbox = true;                       // sandbox.h
  int processes = 2;                         // that answer at the same time, as a FastCGI responder
  // Each of them answers so many; then another takes its place, since librrd loses some hundred
  // bytes with each picture.
  int requests = 10000;
  int time_limit = 60;  // seconds; a request that takes longer is ended
  // Messages of the capture (tstat -z): a path, or a plain name for a file in each trace's
  // directory. Empty: none.
  std::string statistics_file;
  // Who may change the gallery; neither: nobody.
  bool gallery_for_trusted = false;  // clients of `trusted`
  bool gallery_for_users = false;    // whoever the web server has authenticated
  size_t gallery_entries = 100;      // at most
  std::map<int, std::string> vlan_names;
  // Where a web server offers the databases themselves: a path, or an http or https address. Empty:
  // nowhere.
  std::string raw_data_url;

  // The data root's own name, which old links have before the names of traces.
  [[nodiscard]] std::string_view root_name() const;
};

// INVALID_ARGUMENT with the line of what is not understood.
[[nodiscard]] absl::StatusOr<Configuration> ParseConfiguration(std::string_view text);

// The file of the environment's variable, or the usual one.
[[nodiscard]] std::string ConfigurationPath();

// Reads the file of the environment's variable, which must be there, or the usual one, which need
// not.
[[nodiscard]] absl::StatusOr<Configuration> LoadConfiguration();

// Whether the client's numeric address is in one of the ranges.
[[nodiscard]] bool IsTrusted(const Configuration& configuration, const std::string& address);

}  // namespace tstat::viewer

#endif  // TSTAT_RRD_CGI_CONFIGURATION_H_
