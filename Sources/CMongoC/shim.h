#include <malloc.h>
#include <mongoc/mongoc.h>
