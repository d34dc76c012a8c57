#include "pipelines/media_metrics.hpp"

#include <sstream>

namespace thranio::pipelines {
namespace {

template <typename Counters>
struct Family {
  const char* name;
  const char* type;
  const char* help;
  std::atomic<uint64_t> Counters::*value;
};

using Counters = transport::WorkerCounters;
constexpr Family<Counters> kFamilies[] = {
    {"thranio_media_packets_in_total", "counter", "Datagrams received.", &Counters::packets_in},
    {"thranio_media_bytes_in_total", "counter", "Bytes received, UDP payload.", &Counters::bytes_in},
    {"thranio_media_packets_out_total", "counter", "Packets sent.", &Counters::packets_out},
    {"thranio_media_bytes_out_total", "counter", "Bytes sent, UDP payload.", &Counters::bytes_out},
    {"thranio_media_messages_out_total", "counter",
     "Messages handed to the kernel; fewer than packets with UDP GSO.", &Counters::messages_out},
    {"thranio_media_nacks_in_total", "counter", "Packets that students reported lost.", &Counters::nacks_in},
    {"thranio_media_retransmissions_total", "counter", "Packets sent again.", &Counters::retransmissions},
    {"thranio_media_key_frame_requests_in_total", "counter", "PLI and FIR from students.",
     &Counters::key_frame_requests_in},
    {"thranio_media_key_frame_requests_out_total", "counter", "PLI to publishers.",
     &Counters::key_frame_requests_out},
    {"thranio_media_key_frames_total", "counter", "Key frames passed to this worker.", &Counters::key_frames},
    {"thranio_media_key_frame_replays_total", "counter", "Joins answered from the history.",
     &Counters::key_frame_replays},
    {"thranio_media_handshakes_total", "counter", "DTLS handshakes done.", &Counters::handshakes},
    {"thranio_media_handed_over_total", "counter", "Packets passed to the worker where their peer lives.",
     &Counters::handed_over},
    {"thranio_media_peers", "gauge", "WHIP and WHEP sessions on this worker.", &Counters::peers},
    {"thranio_media_inbox_packets", "gauge", "Packets that wait for this worker.", &Counters::inbox_packets},
};

using PerLesson = transport::LessonCounters;
constexpr Family<PerLesson> kLessonFamilies[] = {
    {"thranio_lesson_packets_out_total", "counter", "Packets sent to a live lesson's students.",
     &PerLesson::packets_out},
    {"thranio_lesson_bytes_out_total", "counter", "Bytes sent to them, UDP payload.", &PerLesson::bytes_out},
    {"thranio_lesson_nacks_in_total", "counter", "Reports of lost packets from them.", &PerLesson::nacks_in},
    {"thranio_lesson_key_frame_requests_in_total", "counter", "PLI and FIR from them.",
     &PerLesson::key_frame_requests_in},
    {"thranio_lesson_retransmissions_total", "counter", "Packets sent to them again.",
     &PerLesson::retransmissions},
    {"thranio_lesson_late_packets_total", "counter",
     "Packets of pictures that a busy worker left out, whole frames, once for each worker.",
     &PerLesson::late_packets},
    {"thranio_lesson_key_frames_total", "counter", "Key frames of its publishers, once for each worker.",
     &PerLesson::key_frames},
    {"thranio_lesson_joins_total", "counter", "WHEP sessions that got as far as media.", &PerLesson::joins},
    {"thranio_lesson_students", "gauge", "WHEP sessions of a live lesson.", &PerLesson::students},
};

void write_head(std::ostringstream& out, const auto& family) {
  out << "# HELP " << family.name << ' ' << family.help << "\n# TYPE " << family.name << ' ' << family.type
      << '\n';
}

}  // namespace

std::string media_metrics(const transport::WorkerPool& pool) {
  std::ostringstream out;
  for (const auto& family : kFamilies) {
    write_head(out, family);
    for (const auto& worker : pool.workers())
      out << family.name << "{worker=\"" << worker->index() << "\"} "
          << (worker->counters().*family.value).load() << '\n';
  }
  const auto lessons = pool.lessons();
  for (const auto& family : kLessonFamilies) {
    write_head(out, family);
    for (const auto& lesson : lessons)
      out << family.name << "{lesson=\"" << lesson.id.value() << "\"} "
          << ((*lesson.counters).*family.value).load() << '\n';
  }
  out << "# HELP thranio_dropped_packets_total Packets that went no further, by reason.\n"
         "# TYPE thranio_dropped_packets_total counter\n";
  for (int i = 1; i < static_cast<int>(DropReason::kCount); ++i) {
    const auto reason = static_cast<DropReason>(i);
    const auto write = [&](const auto& worker, uint64_t dropped) {
      out << "thranio_dropped_packets_total{reason=\"" << to_string(reason) << "\",worker=\"" << worker
          << "\"} " << dropped << '\n';
    };
    for (const auto& worker : pool.workers())
      write(worker->index(), worker->counters().drops.of(reason));
    write("none", pool.drops().of(reason));  // before any worker had it
  }
  return out.str();
}

}  // namespace thranio::pipelines
