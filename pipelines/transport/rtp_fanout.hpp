// The line of the product: one track's packets in, every student out.
// Way: lesson pipeline → worker's inbox → [fan_out] → SrtpSender → SendRing → kernel.
// Parsed once, shared by all; per student only the header is written, the payload encrypted, the address put
// beside it. No allocation, no lock, no log, no virtual call. tests/bench/fan_out.bench.cpp shows what it
// costs. Spec: RFC 3550 (header), RFC 8285 (transport-wide sequence number), RFC 4588 (retransmission).
// Thread: net. Time is passed in.
#pragma once

#include <cstdint>
#include <span>

#include "pipelines/base/clock.hpp"
#include "pipelines/rtp/media_packet.hpp"
#include "pipelines/transport/out_stream.hpp"
#include "pipelines/transport/udp_port.hpp"

namespace thranio::transport {

// Sends `packets` (one track, in order of arrival, none of them sent before) to every taker. A taker whose
// picture has not begun waits for a key frame.
void fan_out(std::span<const rtp::MediaPacketPtr> packets, std::span<OutStream* const> takers, SendRing& ring,
             TimePoint now);

// Sends one that had to wait (pacer.hpp), its source's next.
void send_held(OutStream& stream, const rtp::MediaPacket& packet, SendRing& ring, TimePoint now);

// Sends one packet of the present source again: as RTX where negotiated, else as the same SRTP packet.
// False if it cannot be rebuilt any more.
bool retransmit(OutStream& stream, const rtp::MediaPacket& packet, SendRing& ring, TimePoint now);

// A packet of padding on the stream's RTX (RFC 4588: it repairs nothing, and is passed over): what a probe is
// made of while nothing useful waits. False where RTX or transport-wide feedback was not negotiated.
// padding: bytes, 1 to 255.
bool send_padding(OutStream& stream, uint8_t padding, SendRing& ring, TimePoint now);

}  // namespace thranio::transport
