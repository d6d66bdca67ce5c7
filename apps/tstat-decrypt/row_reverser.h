// SPDX-License-Identifier: BSD-3-Clause
//
// Reverses the addresses in the rows of a log. Which cells hold them is told by the log's header
// lines, or, of logs that have none, by the log's name; whether a cell is to be reversed, by the
// flag that the row has for it (c_iscrypto, ...), or else by lists of networks.
//
//   RowReverser rows(anonymizer, {});
//   rows.BeginLog("out/2017_07_14_02_40.out/log_udp_complete.gz");
//   for (each line) std::fputs(rows.Reversed(line).c_str(), stdout);
#ifndef TSTAT_APPS_TSTAT_DECRYPT_ROW_REVERSER_H_
#define TSTAT_APPS_TSTAT_DECRYPT_ROW_REVERSER_H_

#include <cstddef>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "tstat/anonymizer.h"
#include "tstat/ip_address.h"
#include "tstat/networks.h"
#include "tstat/options.h"

namespace tstat::decrypt {

struct ReverserOptions {
  CompatProfile profile;       // of the tstat that wrote the log
  NetworkList encrypted;       // -Y; empty: where a row has no flag, every address is reversed
  NetworkList exempt;          // -W
  bool decrypt_names = false;  // --enc
};

// An address in any text that a tstat log or a user writes it in.
std::optional<IpAddress> AddressOfText(std::string_view text);

class RowReverser {
 public:
  RowReverser(std::shared_ptr<const Anonymizer> anonymizer, ReverserOptions options);

  // Another log begins, whose name may tell what its rows are.
  void BeginLog(std::string_view path);
  // The log's name is known: "log_mm_complete". False: there is no such log.
  bool SetLog(std::string_view name);

  // The line as it would be without anonymisation: its flags say so, too.
  std::string Reversed(const std::string& line);
  // One address.
  std::string ReversedAddress(const IpAddress& image) const;

  // Which version wrote this log, when a header line shows that it is not the one of the options:
  // that version's images are others. Else empty.
  std::string_view other_version() const { return other_version_; }
  // Addresses of this log were reversed that nothing says are images: no flag in the row, no list
  // of networks.
  bool reverses_without_flag() const { return reverses_without_flag_; }
  // Rows whose columns were not known: they were left as they are.
  size_t unknown_rows() const { return unknown_rows_; }

 private:
  static constexpr size_t kNone = static_cast<size_t>(-1);
  struct AddressCell {
    size_t place;
    size_t flag = kNone;  // the cell that says whether it is anonymised
  };
  void SetColumns(const std::vector<std::string>& labels);
  void ReadHeader(std::string_view line);
  void ReverseCell(const AddressCell& cell, std::vector<std::string>* cells);

  std::shared_ptr<const Anonymizer> anonymizer_;
  ReverserOptions options_;
  std::set<std::string, std::less<>> name_labels_;  // that --enc encrypts
  std::vector<AddressCell> addresses_;
  std::vector<size_t> names_;
  char separator_ = ' ';
  size_t unknown_rows_ = 0;
  std::string_view other_version_;
  bool reverses_without_flag_ = false;
};

}  // namespace tstat::decrypt

#endif  // TSTAT_APPS_TSTAT_DECRYPT_ROW_REVERSER_H_
