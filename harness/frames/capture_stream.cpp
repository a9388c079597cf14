#include "harness/frames/capture_stream.h"

#include <zlib.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <fstream>

namespace postassoc {
namespace {

constexpr std::size_t kBufferSize = 256 * 1024;

struct GzipCookie {
  gzFile gzip;
  std::optional<std::string>* broken;
};

/// What breaks off ends there; the reason is kept.
ssize_t read_gzip(void* self, char* to, std::size_t size) {
  auto* cookie = static_cast<GzipCookie*>(self);
  const int count = gzread(cookie->gzip, to, static_cast<unsigned>(std::min(size, kBufferSize)));
  int error = Z_OK;
  const char* why = gzerror(cookie->gzip, &error);
  if (error == Z_BUF_ERROR) {
    *cookie->broken = "the gzip data breaks off";
  } else if (count < 0) {
    *cookie->broken = std::string("the gzip data is damaged: ") + why;
  }
  return std::max(count, 0);
}

int close_gzip(void* self) {
  const std::unique_ptr<GzipCookie> cookie(static_cast<GzipCookie*>(self));
  gzclose(cookie->gzip);
  return 0;
}

/// Closes `gzip` when it fails.
FILE* file_over_gzip(gzFile gzip, std::optional<std::string>* broken) {
  auto cookie = std::make_unique<GzipCookie>(GzipCookie{gzip, broken});
  cookie_io_functions_t functions{};
  functions.read = read_gzip;
  functions.close = close_gzip;
  FILE* file = fopencookie(cookie.get(), "r", functions);
  if (file == nullptr) {
    gzclose(gzip);
    return nullptr;
  }
  cookie.release();
  return file;
}

Error cannot_open(const std::filesystem::path& path) {
  return {Fault::invalid_input, std::string("cannot be read as a capture: ") + std::strerror(errno),
          path.string()};
}

/// Looks at regular files only: what is read from a pipe is gone.
bool is_gzip(const std::filesystem::path& path) {
  std::error_code unknown;
  if (!std::filesystem::is_regular_file(path, unknown)) {
    return false;
  }
  std::array<char, 2> magic{};
  std::ifstream file(path, std::ios::binary);
  return file.read(magic.data(), magic.size()) && magic[0] == '\x1f' && magic[1] == '\x8b';
}

}  // namespace

Result<CaptureStream> open_capture_stream(const std::filesystem::path& path) {
  CaptureStream stream;
  stream.broken = std::make_unique<std::optional<std::string>>();
  if (is_gzip(path)) {
    const gzFile gzip = gzopen(path.c_str(), "rbe");
    stream.file = gzip == nullptr ? nullptr : file_over_gzip(gzip, stream.broken.get());
  } else {
    stream.file = std::fopen(path.c_str(), "rbe");
  }
  if (stream.file == nullptr) {
    return cannot_open(path);
  }
  stream.buffer.resize(kBufferSize);
  std::setvbuf(stream.file, reinterpret_cast<char*>(stream.buffer.data()), _IOFBF,
               stream.buffer.size());
  return stream;
}

}  // namespace postassoc
