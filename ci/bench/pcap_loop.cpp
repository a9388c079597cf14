#include <pcap/pcap.h>

#include <cstdio>

/// pcap_loop FILE: what any reader of a capture has to do at least: libpcap hands out each frame,
/// and its first octet is looked at. Prints the number of frames, their octets and a sum of the
/// first ones.
int main(int argc, char** argv) {
  if (argc != 2) {
    std::fprintf(stderr, "usage: %s FILE\n", argv[0]);
    return 4;
  }
  char problem[PCAP_ERRBUF_SIZE] = "";
  pcap_t* capture = pcap_open_offline(argv[1], problem);
  if (capture == nullptr) {
    std::fprintf(stderr, "%s\n", problem);
    return 70;
  }
  unsigned long long frames = 0;
  unsigned long long octets = 0;
  unsigned long long sum = 0;
  pcap_pkthdr* header = nullptr;
  const u_char* data = nullptr;
  while (pcap_next_ex(capture, &header, &data) == 1) {
    ++frames;
    octets += header->caplen;
    sum += header->caplen > 0 ? data[0] : 0;
  }
  std::printf("%llu\t%llu\t%llu\n", frames, octets, sum);
  pcap_close(capture);
}
