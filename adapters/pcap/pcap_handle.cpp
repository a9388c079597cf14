#include "adapters/pcap/pcap_handle.h"

#include "harness/frames/link_type.h"

namespace postassoc {
namespace {

constexpr int kReadTimeoutMs = 1;  // not used in immediate mode, but it must not be 0

Error unavailable(const PcapCapture::Options& options, std::string what) {
  return {Fault::rig_unavailable, std::move(what), options.interface};
}

std::string describe(int status, pcap_t* handle) {
  const std::string text = pcap_geterr(handle);
  std::string what = pcap_statustostr(status);
  if (!text.empty() && text != what) {
    what += " (" + text + ")";
  }
  if (status == PCAP_ERROR_PERM_DENIED) {
    what += "; run as root, or give the program CAP_NET_RAW";
  } else if (status == PCAP_ERROR_IFACE_NOT_UP) {
    what += "; set the interface up first";
  }
  return "cannot be captured: " + what;
}

Result<> check_link_type(const PcapCapture::Options& options, pcap_t* handle) {
  const int expected = options.monitor ? kLinkTypeRadiotap : kLinkTypeEthernet;
  const int actual = pcap_datalink(handle);
  if (actual == expected) {
    return {};
  }
  const char* name = pcap_datalink_val_to_name(actual);
  const std::string found =
      "link type " + std::to_string(actual) + " (" + (name != nullptr ? name : "unknown") + ")";
  if (options.monitor) {
    return unavailable(options, "is no monitor interface: it delivers " + found +
                                    " instead of 802.11 frames with radiotap headers (127); "
                                    "`iw dev " +
                                    options.interface + " set type monitor` while it is down");
  }
  return unavailable(options, "delivers " + found + " instead of Ethernet frames (1)");
}

}  // namespace

Result<PcapHandle> open_live_handle(const PcapCapture::Options& options) {
  auto scope = NamespaceScope::enter(options.network_namespace);
  if (!scope) {
    return scope.error();
  }
  char reason[PCAP_ERRBUF_SIZE] = "";
  PcapHandle handle(pcap_create(options.interface.c_str(), reason));
  if (!handle) {
    return unavailable(options, std::string("cannot be captured: ") + reason);
  }
  pcap_set_snaplen(handle.get(), options.snaplen);
  pcap_set_promisc(handle.get(), 0);
  pcap_set_timeout(handle.get(), kReadTimeoutMs);
  pcap_set_immediate_mode(handle.get(), 1);
  pcap_set_buffer_size(handle.get(), options.buffer_bytes);
  if (pcap_set_tstamp_precision(handle.get(), PCAP_TSTAMP_PRECISION_NANO) != 0) {
    return unavailable(options, "cannot be captured with stamps in nanoseconds");
  }
  if (const int status = pcap_activate(handle.get()); status < 0) {
    return unavailable(options, describe(status, handle.get()));
  }
  if (auto checked = check_link_type(options, handle.get()); !checked) {
    return checked.error();
  }
  if (pcap_setnonblock(handle.get(), 1, reason) != 0) {
    return unavailable(options, std::string("cannot be read without blocking: ") + reason);
  }
  if (pcap_get_selectable_fd(handle.get()) < 0) {
    return unavailable(options, "cannot be waited for");
  }
  return handle;
}

}  // namespace postassoc
