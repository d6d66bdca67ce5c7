// SPDX-License-Identifier: BSD-3-Clause
//
// Arithmetic of the multimedia rows, whose rounding shows in the last digit: which quotients are
// double and which are single precision, and the sign of 0/0.
#ifndef TSTAT_SCHEMA_MEDIA_VALUES_H_
#define TSTAT_SCHEMA_MEDIA_VALUES_H_

#include <limits>

#include "tstat/media.h"
#include "tstat/time.h"

namespace tstat::internal::media_values {

// 0/0 is the negative NaN that x86 makes of it, on every machine.
inline double Quotient(double a, double b) {
  if (b == 0 && a == 0) return -std::numeric_limits<double>::quiet_NaN();
  return a / b;
}
inline double SingleQuotient(double a, double b) {
  if (b == 0 && a == 0) return -std::numeric_limits<double>::quiet_NaN();
  return static_cast<double>(static_cast<float>(a) / static_cast<float>(b));
}

inline double Seconds(Timestamp time) { return static_cast<double>(time.microseconds()) / 1e6; }
template <typename Stream>
double DurationMs(const Stream& s) {
  return ElapsedMicroseconds(s.first, s.last) / 1000.0;
}

inline double MeanGapMs(const RtpStream& s) {
  return Quotient(s.gap_sum_ms, static_cast<double>(s.gaps));
}
inline double MeanGapMs(const RtcpStream& s) {
  return SingleQuotient(s.interval_sum_ms, static_cast<double>(s.packets));
}
inline double MeanJitter(const RtcpStream& s) { return SingleQuotient(s.jitter_sum, s.reports); }
// Bit/s.
inline double Rate(const RtpStream& s) {
  return Quotient(static_cast<double>(s.data_bytes), DurationMs(s) / 1000.0) * 8;
}
// kbit/s.
inline double Rate(const RtcpStream& s) {
  return Quotient(static_cast<double>(s.data_bytes), DurationMs(s)) * 8;
}
inline double FractionLostPercent(const RtcpStream& s) {
  return SingleQuotient(static_cast<double>(s.fraction_lost_sum), s.reports) * 100 / 256;
}
inline double MeanRttMs(const RtcpStream& s) { return SingleQuotient(s.rtt_sum_ms, s.rtt_samples); }

}  // namespace tstat::internal::media_values

#endif  // TSTAT_SCHEMA_MEDIA_VALUES_H_
