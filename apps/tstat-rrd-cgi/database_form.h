// SPDX-License-Identifier: BSD-3-Clause
//
// Databases as they lie in files (rrd_format.h of librrd). librrd believes what their heads say:
// with numbers that cannot be, it divides by zero, or reads beyond the file. So heads are looked at
// before librrd opens a file; and pages, which only need heads and a few rows, do without librrd
// and the fifty libraries that come with it.
#ifndef TSTAT_RRD_CGI_DATABASE_FORM_H_
#define TSTAT_RRD_CGI_DATABASE_FORM_H_

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace tstat::viewer {

struct DatabaseForm {
  struct Archive {
    bool is_average = false;
    int64_t rows = 0;
    int64_t seconds = 0;  // of a row
    int64_t present = 0;  // the row that was written last; the one behind it is the oldest
    uint64_t at = 0;      // where its rows begin in the file; each has a value for each source
  };
  int64_t last_update = 0;  // Unix time
  std::vector<std::string> sources;
  std::vector<Archive> archives;
};

// Nothing, if the file is no database as rrdtool 1.2 and later write them on machines like this
// one, of sources and archives without calculations, whose sizes agree with each other and with the
// file's, and that was updated at a time that can be drawn. What it holds may still be anything.
[[nodiscard]] std::optional<DatabaseForm> ReadForm(const std::string& path);

// Averages of a data source: values[i] is of the step that ends at start + (i + 1) * step (Unix
// time, seconds). What is not known is NaN.
struct Readings {
  int64_t start = 0, step = 0;
  std::vector<double> values;
};
// The whole steps from `start`, moved back to where one begins, to `end`. Of the archive that
// librrd would take: the finest that reaches back to `start`, else the one that reaches back
// furthest. Nothing, if the file has none, or cannot be read, or has more than a million of them.
[[nodiscard]] std::optional<Readings> ReadAverages(const std::string& path,
                                                   const std::string& source, int64_t start,
                                                   int64_t end);

}  // namespace tstat::viewer

#endif  // TSTAT_RRD_CGI_DATABASE_FORM_H_
