#include "pipelines/rtp/line_tape.hpp"

#include "pipelines/rtp/line_estimate.hpp"

namespace thranio::rtp {
namespace {

int64_t micros(Duration time) {
  return std::chrono::duration_cast<std::chrono::microseconds>(time).count();
}

}  // namespace

std::ostream& LineTape::line(char kind, TimePoint now) {
  if (!begin_) begin_ = now;
  if (++lines_ == kMostLines) out_.close();
  return out_ << kind << ' ' << micros(now - *begin_);
}

void LineTape::sent(uint16_t sequence, size_t bytes, TimePoint now) {
  line('s', now) << ' ' << sequence << ' ' << bytes << '\n';
}

void LineTape::sent_untold(size_t bytes) {
  out_ << "u " << bytes << '\n';
}

void LineTape::sent_again(size_t bytes, TimePoint now) {
  line('a', now) << ' ' << bytes << '\n';
}

void LineTape::sent_beside(size_t bytes, TimePoint now) {
  line('b', now) << ' ' << bytes << '\n';
}

void LineTape::probed(uint16_t first_sequence, size_t packets, TimePoint now) {
  line('p', now) << ' ' << first_sequence << ' ' << packets << '\n';
}

void LineTape::feedback(std::span<const LineArrival> arrivals, TimePoint now) {
  std::ostream& out = line('f', now);
  for (const auto& arrival : arrivals) {
    out << ' ' << arrival.sequence << ':';
    if (arrival.received)
      out << micros(arrival.at);
    else
      out << '-';
  }
  out << std::endl;  // a server that is killed leaves whole lines
}

void LineTape::tick(TimePoint now) {
  line('t', now) << '\n';
}

}  // namespace thranio::rtp
