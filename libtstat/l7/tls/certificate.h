// SPDX-License-Identifier: BSD-3-Clause
//
// Names of a certificate (RFC 5280, 4.1). A total function over hostile DER: of a certificate that
// is cut, the names that stand before the cut are read.
//
//   const CertificateNames names = CertificateNames::Parse(der);
//   Use(names.best());
#ifndef TSTAT_L7_TLS_CERTIFICATE_H_
#define TSTAT_L7_TLS_CERTIFICATE_H_

#include <string_view>

#include "decode/byte_reader.h"

namespace tstat::internal {

struct CertificateNames {
  std::string_view common_name;  // the last one of the subject, which is the most specific one
  std::string_view dns_name;     // the first one of the alternative names

  // What says whose it is: the common name if it can be a name in a row, else the other one.
  std::string_view best() const;

  static CertificateNames Parse(ByteReader der);
};

}  // namespace tstat::internal

#endif  // TSTAT_L7_TLS_CERTIFICATE_H_
