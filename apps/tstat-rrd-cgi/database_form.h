// SPDX-License-Identifier: BSD-3-Clause
//
// librrd believes what the head of a database says: with numbers that cannot be, it divides by
// zero, or reads beyond the file. So heads are looked at before librrd opens a file.
#ifndef TSTAT_RRD_CGI_DATABASE_FORM_H_
#define TSTAT_RRD_CGI_DATABASE_FORM_H_

#include <string>

namespace tstat::viewer {

// Whether the file is a database as rrdtool 1.2 and later write them on machines like this one
// (rrd_format.h of librrd), of sources and archives without calculations, whose sizes agree with
// each other and with the file's. What it holds may still be anything.
[[nodiscard]] bool IsSoundDatabase(const std::string& path);

}  // namespace tstat::viewer

#endif  // TSTAT_RRD_CGI_DATABASE_FORM_H_
