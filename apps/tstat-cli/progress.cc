// SPDX-License-Identifier: BSD-3-Clause
#include "tstat-cli/progress.h"

#include <algorithm>
#include <cmath>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "tstat/report.h"

namespace tstat::cli {

uint64_t NextTick(uint64_t k) {
  uint64_t step = 10;
  while (step < 100000 && k >= 10 * step) step *= 10;
  return (k / step + 1) * step;
}

size_t TickSource::ReadBatch(std::span<Packet> batch) {
  const size_t n = source_->ReadBatch(batch.first(std::min<uint64_t>(batch.size(), limit_)));
  if (n >= 2) {
    previous_ = batch[n - 2].time;
  } else if (n == 1) {
    previous_ = last_;
  }
  if (n >= 1) last_ = batch[n - 1].time;
  limit_ -= n;
  return n;
}

Ticker::Ticker(Console& console, TickSource* source, uint64_t packets_before, std::string prefix)
    : console_(console),
      source_(source),
      packets_before_(packets_before),
      prefix_(std::move(prefix)),
      next_(NextTick(0)) {
  source_->Limit(next_);
}

void Ticker::AfterBatch(Session* session) {
  if (!source_->reached_limit()) return;
  // With threads, packets wait for being counted.
  if (session->options().analyzer.threads > 1) session->Flush();
  const Statistics s = session->statistics();
  const uint64_t k = s.ip_packets - packets_before_;
  // In the order of times packets wait, and several are counted at once.
  if (k >= next_) {
    std::string position;
    if (!source_->is_stream()) {
      const int percent = static_cast<int>(100 * source_->progress().value_or(1.0));
      position = source_->is_compressed() ? absl::StrFormat("~%d%% (compressed)", percent)
                                          : absl::StrFormat("%d%%", percent);
    }
    console_.Out(
        absl::StrFormat("%sTp= %d Tf=%d %s (%s) Nf(TCP)=%d Nf(UDP)=%d Ntrash=%d\r", prefix_, k,
                        s.tcp_flows + s.udp_flows, position,
                        ElapsedText(ElapsedMicroseconds(s.first_packet, source_->previous_time())),
                        s.open_tcp_flows, s.open_udp_flows, s.tcp_trash_packets));
    console_.FlushOut();
    next_ = NextTick(k);
  }
  source_->Limit(next_ - k);
}

ProgressLine::ProgressLine(Console& console)
    : console_(console), enabled_(console.interactive()), start_(Clock::now()), next_(start_) {}

ProgressLine::~ProgressLine() {
  if (shown_) console_.Err("\r\x1b[K");
}

void ProgressLine::Look(const PacketSource& source, const Session& session) {
  const Clock::time_point now = Clock::now();
  if (now - start_ < std::chrono::seconds(1) || now < next_) {
    if (!started_) {
      started_ = true;
      packets_at_start_ = session.statistics().ip_packets;
      start_ = now;
    }
    return;
  }
  next_ = now + std::chrono::milliseconds(500);
  const double seconds = std::chrono::duration<double>(now - start_).count();
  const uint64_t packets = session.statistics().ip_packets - packets_at_start_;
  console_.Err("\r" + ProgressText(source.progress().value_or(-1), packets, seconds) + "\x1b[K");
  shown_ = true;
}

std::string ProgressText(double share, uint64_t packets, double seconds) {
  const double rate = static_cast<double>(packets) / std::max(seconds, 1e-6);
  std::string text;
  if (share >= 0) absl::StrAppendFormat(&text, "%5.1f%%  ", 100 * share);
  if (rate >= 1e6) {
    absl::StrAppendFormat(&text, "%.2f M packets/s", rate / 1e6);
  } else {
    absl::StrAppendFormat(&text, "%.0f packets/s", rate);
  }
  if (share > 0.001) {
    const int64_t left = std::llround(seconds * (1 - share) / share);
    if (left >= 3600) {
      absl::StrAppendFormat(&text, "  %d:%02d:%02d left", left / 3600, left / 60 % 60, left % 60);
    } else {
      absl::StrAppendFormat(&text, "  %d:%02d left", left / 60, left % 60);
    }
  }
  return text;
}

}  // namespace tstat::cli
