// The workers' counters as Prometheus text (exposition format 0.0.4). Thread: any.
#pragma once

#include <string>

#include "pipelines/transport/worker_pool.hpp"

namespace thranio::pipelines {

std::string media_metrics(const transport::WorkerPool& pool);

}  // namespace thranio::pipelines
