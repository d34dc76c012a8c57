// One media worker: an epoll loop with a UDP socket of its own on the shared port, and the peers that live on
// it. Way in: kernel → [Worker] → peer (by ufrag, else by tuple) → publisher → lesson pipeline. Way out:
// lesson pipeline → inbox → [Worker] → rtp_fanout → SendRing → kernel. Nothing is shared between workers. The
// inbox takes tasks and packet batches in order. A worker that falls behind leaves out pictures, frame by
// frame (rtp/late_frames), never voice; the inbox is bounded besides (kMaxQueuedPackets). Tasks are never
// dropped. Owned by the worker pool. Thread: net, except where a comment says any.
#pragma once

#include <atomic>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <set>
#include <thread>
#include <unordered_map>
#include <variant>
#include <vector>

#include "pipelines/base/clock.hpp"
#include "pipelines/base/drop_reason.hpp"
#include "pipelines/rtp/media_packet.hpp"
#include "pipelines/transport/first_byte.hpp"
#include "pipelines/transport/peer.hpp"
#include "pipelines/transport/udp_port.hpp"
#include "pipelines/transport/worker_lesson.hpp"

namespace thranio::transport {

class PeerDirectory;

// What a worker counts; written by its thread, read by /metrics.
struct WorkerCounters {
  std::atomic<uint64_t> packets_in{0}, bytes_in{0};
  std::atomic<uint64_t> packets_out{0}, bytes_out{0}, messages_out{0};
  std::atomic<uint64_t> nacks_in{0}, retransmissions{0};
  std::atomic<uint64_t> key_frame_requests_in{0}, key_frame_requests_out{0}, key_frames{0},
      key_frame_replays{0};
  std::atomic<uint64_t> handshakes{0}, peers{0}, handed_over{0};
  std::atomic<uint64_t> inbox_packets{0};  // waiting now
  DropCounters drops;
};

class Worker {
 public:
  using Task = std::move_only_function<void(Worker&)>;
  static constexpr size_t kMaxQueuedPackets = 8192;  // 1.5 s of 50 lessons at 100 packets a second

  Worker(unsigned index, std::unique_ptr<UdpPort> port, PeerDirectory& directory);
  ~Worker();

  void start();
  void stop();  // peers close, the thread ends; tasks posted later never run
  // any thread: runs `task` on this worker, in order with the packets.
  void post(Task task);
  // any thread: a lesson's packets; false when the inbox is full and the batch was dropped.
  bool post_packets(LessonKey lesson, TrackId track, std::vector<rtp::MediaPacketPtr> packets);
  // any thread.
  const WorkerCounters& counters() const { return counters_; }
  unsigned index() const { return index_; }

  // For peers and lessons on this worker.
  TimePoint now() const { return now_; }
  SendRing& ring() { return ring_; }
  WorkerCounters& counters() { return counters_; }
  DropCounters& drops() { return counters_.drops; }
  PeerDirectory& directory() { return directory_; }
  Peer* find(const PeerId& id);
  WorkerLesson* find_lesson(LessonKey key);
  WorkerLesson& open_lesson(LessonKey key, WorkerLesson::Wishes wishes,
                            std::shared_ptr<LessonCounters> counters);
  void close_lesson(LessonKey key);
  void take_in(std::unique_ptr<Peer> peer);
  void handle_datagram(std::span<uint8_t> bytes, const SocketAddress& from);
  void touch(Peer& peer);  // its deadline may have changed

 private:
  struct Packets {
    LessonKey lesson;
    TrackId track;
    std::vector<rtp::MediaPacketPtr> packets;
    TimePoint posted;
  };
  using Item = std::variant<Task, Packets>;

  void run();
  void drain_inbox();
  void receive();
  void end_turns();
  DropReason queue_handshake(Peer& peer, std::span<const uint8_t> bytes, const SocketAddress& from);
  void run_handshakes();
  void run_timers();
  int timeout_ms() const;
  Peer* peer_for_stun(std::span<uint8_t> bytes, const SocketAddress& from, DropReason& why);
  Peer* peer_for_tuple(std::span<uint8_t> bytes, const SocketAddress& from);
  void hand_over(unsigned home, std::span<const uint8_t> bytes, const SocketAddress& from);
  void remember_tuple(Peer& peer, const SocketAddress& from);
  void forget(Peer& peer);
  void publish_counts();

  // Set at construction, never changed.
  const unsigned index_;
  PeerDirectory& directory_;
  int epoll_ = -1;
  int wake_ = -1;

  // Guarded by mutex_.
  std::mutex mutex_;
  std::vector<Item> inbox_;
  bool stopping_ = false;

  // Any thread (atomics).
  WorkerCounters counters_;

  // net only.
  std::unique_ptr<UdpPort> port_;
  SendRing ring_;
  std::vector<Item> draining_;
  TimePoint now_{};
  TimePoint behind_since_{};  // when the oldest of what is handled now reached this machine
  std::unordered_map<LessonKey, std::unique_ptr<WorkerLesson>> lessons_;
  std::unordered_map<PeerId, std::unique_ptr<Peer>> peers_;
  std::unordered_map<std::string, Peer*> by_ufrag_;
  std::unordered_map<SocketAddress, Peer*> by_tuple_;
  std::unordered_map<SocketAddress, unsigned>
      elsewhere_;  // tuples whose peer lives on another worker; bounded
  std::set<std::pair<TimePoint, Peer*>> timers_;
  std::deque<std::pair<std::vector<uint8_t>, SocketAddress>>
      handshakes_;              // DTLS that waits its turn; bounded
  std::vector<Peer*> touched_;  // publishers with packets in this turn
  TimePoint next_lesson_tick_{};
  TimePoint next_sweep_{};

  std::thread thread_;
};

}  // namespace thranio::transport
